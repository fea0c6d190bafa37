/** Tests of what a checkout's decisions request from the other contexts. */
import { ask } from "leftfold/actors"
import { given, test } from "leftfold/testing"
import { Deliveries } from "../delivery/contract.ts"
import { Payments } from "../payments/contract.ts"
import { Stock } from "../stock/contract.ts"
import { checkoutSteps } from "./checkout-steps.ts"
import { Checkouts, Orders } from "./contract.ts"

const { events } = Checkouts
const CheckoutSteps = checkoutSteps()
const items = [{ sku: "tea", quantity: 2 }, { sku: "cup", quantity: 1 }]
const of = { id: "o-1" }
const [customer, address, amount, reason] = ["ada", "1 Main St", 1800, "changed my mind"]

const expire = ask(Checkouts, "o-1", Checkouts.commands.ExpirePayment())
const release = (sku: string) => ask(Stock, sku, Stock.commands.ReleaseStock({ order: "o-1" }))
const cancelOrder = ask(Orders, "o-1", Orders.commands.AbandonOrder({ reason }))
const refund = ask(Payments, "o-1", Payments.commands.RefundPayment())

test("every item is to be reserved", () =>
  given(CheckoutSteps)
    .when(events.CheckoutBegun({ customer, address, items, amount }), of)
    .thenAsks(
      ask(Stock, "tea", Stock.commands.ReserveStock({ order: "o-1", quantity: 2 })),
      ask(Stock, "cup", Stock.commands.ReserveStock({ order: "o-1", quantity: 1 })),
    ))

test("the payment is asked for at once, and expires after half an hour", () => {
  const secured = given(CheckoutSteps).when(events.StockSecured({ amount }), of)
  secured.thenAsks(ask(Payments, "o-1", Payments.commands.TakePayment({ amount })))
  secured.after("29 minutes").thenNothing()
  secured.after("1 minute").thenAsks(expire)
})

test("a payment that was made does not expire, and the delivery is arranged", () => {
  const paid = given(CheckoutSteps)
    .when(events.StockSecured({ amount }), of)
    .when(events.PaymentSecured({ customer, address, items }), of)
  paid.thenAsks(
    ask(Deliveries, "o-1", Deliveries.commands.ArrangeDelivery({ customer, address })),
  )
  paid.after("1 day").thenNothing()
})

test("what has been asked for is taken back, and the order is cancelled", () => {
  const abandoned = (payment: boolean, delivery: boolean, reserved = items) =>
    given(CheckoutSteps)
      .when(events.StockSecured({ amount }), of)
      .when(events.CheckoutAbandoned({ reason, reserved, payment, delivery }), of)
  abandoned(false, false, []).thenAsks(cancelOrder)
  abandoned(true, false).thenAsks(cancelOrder, release("tea"), release("cup"), refund)
  abandoned(true, false).after("1 day").thenNothing()
  abandoned(true, true, []).thenAsks(
    cancelOrder,
    refund,
    ask(Deliveries, "o-1", Deliveries.commands.CancelDelivery({ reason })),
  )
})

test("goods are shipped, released or returned item by item, and the order is completed", () => {
  const stock = (sku: string, command: Parameters<typeof ask<typeof Stock>>[2]) =>
    ask(Stock, sku, command)
  const { ShipStock, ReturnStock } = Stock.commands
  given(CheckoutSteps)
    .when(events.GoodsDispatched({ items }), of)
    .thenAsks(
      stock("tea", ShipStock({ order: "o-1" })),
      stock("cup", ShipStock({ order: "o-1" })),
    )
  given(CheckoutSteps)
    .when(events.ItemsReleased({ items }), of)
    .thenAsks(release("tea"), release("cup"))
  given(CheckoutSteps)
    .when(events.ItemsReturned({ items }), of)
    .thenAsks(
      stock("tea", ReturnStock({ order: "o-1", quantity: 2 })),
      stock("cup", ReturnStock({ order: "o-1", quantity: 1 })),
    )
  given(CheckoutSteps)
    .when(events.CheckoutCompleted(), of)
    .thenAsks(ask(Orders, "o-1", Orders.commands.CompleteOrder()))
})
