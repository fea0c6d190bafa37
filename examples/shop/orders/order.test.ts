/** What holds of an order. */
import { test } from "node:test"
import { given } from "leftfold/actors/testing"
import { Orders } from "./contract.ts"
import { Order } from "./order.ts"

const { PlaceOrder, CancelOrder } = Orders.commands
const { OrderPlaced, OrderCancelled } = Orders.events
const { AlreadyPlaced, NotPlaced } = Orders.rejections

const lines = [{ sku: "tea", quantity: 2, price: 450 }, { sku: "cup", quantity: 1, price: 900 }]
const [line, ...more] = lines
const place = PlaceOrder({ customer: "ada", lines: [line!, ...more] })
const placed = OrderPlaced({ customer: "ada", lines, total: 1800 })
const cancel = CancelOrder({ reason: "changed my mind" })
const cancelled = OrderCancelled({ reason: "changed my mind" })

test("placing an order adds up its lines", () => given(Order).when(place).then(placed))

test("an order cannot be placed twice", () =>
  given(Order, placed).when(place).thenRejected(AlreadyPlaced()))

test("a cancelled order cannot be placed again", () =>
  given(Order, placed, cancelled).when(place).thenRejected(AlreadyPlaced()))

test("an order that was placed can be cancelled", () =>
  given(Order, placed).when(cancel).then(cancelled))

test("cancelling twice is harmless", () =>
  given(Order, placed, cancelled).when(cancel).thenNothing())

test("an order that was never placed cannot be cancelled", () =>
  given(Order).when(cancel).thenRejected(NotPlaced()))
