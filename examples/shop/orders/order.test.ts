/** Tests of orders. */
import { given, test } from "leftfold/testing"
import { Orders } from "./contract.ts"
import { Order } from "./order.ts"

const { PlaceOrder, CancelOrder, AbandonOrder, CompleteOrder } = Orders.commands
const { OrderPlaced, OrderCancelled, OrderCompleted } = Orders.events
const { AlreadyPlaced, NotPlaced, NotYours, AlreadyCompleted } = Orders.rejections

const lines = [{ sku: "tea", quantity: 2, price: 450 }, { sku: "cup", quantity: 1, price: 900 }]
const [line, ...more] = lines
const place = PlaceOrder({ customer: "ada", lines: [line!, ...more] })
const placed = OrderPlaced({ customer: "ada", lines, total: 1800 })
const cancel = CancelOrder({ reason: "changed my mind" })
const cancelled = OrderCancelled({ customer: "ada", reason: "changed my mind" })
const completed = OrderCompleted({ customer: "ada", total: 1800 })

test("placing an order adds up its lines", () => given(Order).when(place).then(placed))

test("an order cannot be placed twice, whatever has become of it", () => {
  given(Order, placed).when(place).thenRejected(AlreadyPlaced())
  given(Order, placed, cancelled).when(place).thenRejected(AlreadyPlaced())
  given(Order, placed, completed).when(place).thenRejected(AlreadyPlaced())
})

test("an order that was placed can be cancelled, and cancelling twice is harmless", () => {
  given(Order, placed).when(cancel).then(cancelled)
  given(Order, placed, cancelled).when(cancel).thenNothing()
})

test("an order that was placed can be completed, and completing twice is harmless", () => {
  given(Order, placed).when(CompleteOrder()).then(completed)
  given(Order, placed, completed).when(CompleteOrder()).thenNothing()
})

test("what is final stays so", () => {
  given(Order, placed, completed).when(cancel).thenRejected(AlreadyCompleted())
  given(Order, placed, cancelled).when(CompleteOrder()).thenNothing()
})

test("an order that was never placed can be neither cancelled nor completed", () => {
  given(Order).when(cancel).thenRejected(NotPlaced())
  given(Order).when(CompleteOrder()).thenRejected(NotPlaced())
})

test("customers cancel their own orders, and staff all; the shop abandons any", () => {
  const by = (principal: string, claims = {}) =>
    given(Order, placed).when(cancel, { principal, claims })
  by("ada").then(cancelled)
  by("bob").thenRejected(NotYours())
  by("bob", { role: "service" }).thenRejected(NotYours())
  by("bob", { role: "staff" }).then(cancelled)
  by("leftfold:system").then(cancelled)
  // A policy has no claims, and the principal of the event that it follows.
  const abandon = AbandonOrder({ reason: "changed my mind" })
  given(Order, placed).when(abandon, { principal: "bob" }).then(cancelled)
  given(Order, placed, cancelled).when(abandon).thenNothing()
  given(Order, placed, completed).when(abandon).thenRejected(AlreadyCompleted())
  given(Order).when(abandon).thenRejected(NotPlaced())
})
