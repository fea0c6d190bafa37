/** Tests of the lists of orders. */
import { given, happened, test } from "leftfold/testing"
import { Deliveries } from "../delivery/contract.ts"
import { Payments } from "../payments/contract.ts"
import { Orders } from "./contract.ts"
import { OrderDetail } from "./order-detail.ts"
import { OrderList } from "./order-list.ts"
import { SalesPerDay } from "./sales-per-day.ts"

const { OrderPlaced, OrderCancelled, OrderCompleted } = Orders.events
const placed = OrderPlaced({ customer: "ada", lines: [], total: 900 })
const cancelled = OrderCancelled({ customer: "ada", reason: "late" })
const completed = OrderCompleted({ customer: "ada", total: 900 })
const row = { id: "o-1", customer: "ada", total: 900, state: "placed" } as const

test("an order that was placed is in the list, with what became of it", () => {
  given(OrderList, happened("o-1", placed)).thenRow("o-1", row)
  given(OrderList, happened("o-1", placed), happened("o-1", cancelled))
    .thenRow("o-1", { ...row, state: "cancelled" })
  given(OrderList, happened("o-1", placed), happened("o-1", completed))
    .thenRow("o-1", { ...row, state: "completed" })
})

test("one order's events leave another's row alone, and none is made of a late one", () => {
  given(OrderList, happened("o-1", placed), happened("o-2", placed), happened("o-2", cancelled))
    .thenRow("o-1", row)
  given(OrderList, happened("o-1", cancelled)).thenNoRow("o-1")
})

test("an order in full joins what three contexts say, whichever is first", () => {
  const taken = Payments.events.PaymentTaken({ amount: 900 })
  const dispatched = Deliveries.events.DeliveryDispatched({ customer: "ada", address: "here" })
  const three = [happened("o-1", placed), happened("o-1", taken), happened("o-1", dispatched)]
  for (const order of [three, three.toReversed()]) {
    given(OrderDetail, ...order).thenRow("o-1", {
      ...{ id: "o-1", customer: "ada", address: "", lines: [], total: 900, state: "placed" },
      ...{ payment: "taken", delivery: "dispatched" },
    })
  }
})

test("sales of a day are its completed orders", () => {
  const time = new Date("2026-11-22T23:59:59Z")
  given(
    SalesPerDay,
    happened("o-1", placed, { time }),
    happened("o-1", completed, { time }),
    happened("o-2", completed, { time }),
    happened("o-3", completed, { time: new Date("2026-11-23T00:00:00Z") }),
  ).thenRow("2026-11-22", { day: "2026-11-22", orders: 2, revenue: 1800 })
})
