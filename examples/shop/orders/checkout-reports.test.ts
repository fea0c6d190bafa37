/** Tests of what a checkout is told. */
import { ask } from "leftfold/actors"
import { given, test } from "leftfold/testing"
import { Payments } from "../payments/contract.ts"
import { Stock } from "../stock/contract.ts"
import { CheckoutReports } from "./checkout-reports.ts"
import { Checkouts, Orders } from "./contract.ts"

const { commands } = Checkouts

test("a placed order begins a checkout of its items", () => {
  const lines = [{ sku: "tea", quantity: 2, price: 450 }]
  const items = [{ sku: "tea", quantity: 2 }]
  const begin = commands.BeginCheckout({ customer: "ada", address: "", items, amount: 900 })
  given(CheckoutReports)
    .when(Orders.events.OrderPlaced({ customer: "ada", lines, total: 900 }), { id: "o-1" })
    .thenAsks(ask(Checkouts, "o-1", begin))
})

test("what stock says of an item is told to the checkout of the order", () => {
  const reserved = Stock.events.StockReserved({ order: "o-1", quantity: 2 })
  given(CheckoutReports)
    .when(reserved, { id: "tea" })
    .thenAsks(ask(Checkouts, "o-1", commands.NoteReserved({ sku: "tea" })))
  const short = Stock.events.StockShort({ order: "o-1", quantity: 2, available: 1 })
  given(CheckoutReports)
    .when(short, { id: "tea" })
    .thenAsks(ask(Checkouts, "o-1", commands.NoteShort({ sku: "tea" })))
})

test("what is of no consequence to a checkout is not told", () => {
  given(CheckoutReports).when(Stock.events.StockReceived({ quantity: 2 })).thenNothing()
  given(CheckoutReports).when(Payments.events.PaymentRefunded({ amount: 2 })).thenNothing()
})
