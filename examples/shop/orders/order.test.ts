/** Tests of orders. */
import { given, test } from "leftfold/testing"
import { Orders } from "./contract.ts"
import { Order } from "./order.ts"

const { PlaceOrder, CancelOrder, CompleteOrder } = Orders.commands
const { OrderPlaced, OrderCancelled, OrderCompleted } = Orders.events
const { AlreadyPlaced, NotPlaced, AlreadyCompleted } = Orders.rejections

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
