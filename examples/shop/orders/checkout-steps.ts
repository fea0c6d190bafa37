/** Checkout steps: send what a checkout has decided to stock, payments, delivery and the order. */
import { ask, cancel, later, Policy } from "leftfold/actors"
import { Deliveries } from "../delivery/contract.ts"
import { Payments } from "../payments/contract.ts"
import { Stock } from "../stock/contract.ts"
import { Checkouts, Orders } from "./contract.ts"

const { ReserveStock, ReleaseStock, ShipStock, ReturnStock } = Stock.commands
const { TakePayment, RefundPayment } = Payments.commands
const { ArrangeDelivery, CancelDelivery } = Deliveries.commands
const { AbandonOrder, CompleteOrder } = Orders.commands
const { ExpirePayment } = Checkouts.commands

/** How long a customer has to pay, from when the goods are reserved. */
export type TimeToPay = `${number} ${"seconds" | "minutes"}`

const deadline = (order: string): string => `payment-${order}`

/** Sends the next step, or what takes an earlier step back. */
export const checkoutSteps = (timeToPay: TimeToPay = "30 minutes"): Policy =>
  Policy.define("orders.checkout-steps", {
    from: [Checkouts],
    on: {
      CheckoutBegun: ({ items }, { id: order }) =>
        items.map(({ sku, quantity }) => ask(Stock, sku, ReserveStock({ order, quantity }))),
      StockSecured: ({ amount }, { id }) => [
        ask(Payments, id, TakePayment({ amount })),
        later(timeToPay, ask(Checkouts, id, ExpirePayment()), { name: deadline(id) }),
      ],
      PaymentSecured: ({ customer, address }, { id }) => [
        cancel(deadline(id)),
        ask(Deliveries, id, ArrangeDelivery({ customer, address })),
      ],
      GoodsDispatched: ({ items }, { id: order }) =>
        items.map(({ sku }) => ask(Stock, sku, ShipStock({ order }))),
      CheckoutCompleted: (_, { id }) => ask(Orders, id, CompleteOrder()),
      CheckoutAbandoned: ({ reason, reserved, payment, delivery }, { id: order }) => [
        ask(Orders, order, AbandonOrder({ reason })),
        ...reserved.map(({ sku }) => ask(Stock, sku, ReleaseStock({ order }))),
        ...(payment ? [cancel(deadline(order)), ask(Payments, order, RefundPayment())] : []),
        ...(delivery ? [ask(Deliveries, order, CancelDelivery({ reason }))] : []),
      ],
      ItemsReleased: ({ items }, { id: order }) =>
        items.map(({ sku }) => ask(Stock, sku, ReleaseStock({ order }))),
      ItemsReturned: ({ items }, { id: order }) =>
        items.map(({ sku, quantity }) => ask(Stock, sku, ReturnStock({ order, quantity }))),
    },
  })
