/** What the list of orders shows. */
import { test } from "node:test"
import { given, happened } from "leftfold/projections/testing"
import { Orders } from "./contract.ts"
import { OrderList } from "./order-list.ts"

const { OrderPlaced, OrderCancelled } = Orders.events
const placed = OrderPlaced({ customer: "ada", lines: [], total: 900 })
const row = { id: "o-1", customer: "ada", total: 900, cancelled: false }

test("an order that was placed is in the list", () =>
  given(OrderList, happened("o-1", placed)).thenRow("o-1", row))

test("a cancelled order stays in the list and is marked", () =>
  given(OrderList, happened("o-1", placed), happened("o-1", OrderCancelled({ reason: "late" })))
    .thenRow("o-1", { ...row, cancelled: true }))

test("one order's events leave another's row alone", () =>
  given(
    OrderList,
    happened("o-1", placed),
    happened("o-2", placed),
    happened("o-2", OrderCancelled({ reason: "late" })),
  ).thenRow("o-1", row))

test("a cancellation of an order that is not listed adds nothing", () =>
  given(OrderList, happened("o-1", OrderCancelled({ reason: "late" }))).thenNoRow("o-1"))
