/** The checkout: an order that was placed is paid for, and one that cannot be is cancelled. */
import { ask, Policy } from "leftfold/actors"
import { Payments } from "../payments/contract.ts"
import { Orders } from "./contract.ts"

const { CancelOrder } = Orders.commands
const { TakePayment } = Payments.commands

/** Asks for payments of orders, and for the cancellation of those that are declined. */
export const Checkout = Policy.define("orders.checkout", {
  from: [Orders, Payments],
  on: {
    OrderPlaced: ({ total: amount }, { id }) =>
      ask(Payments, id, TakePayment({ order: id, amount })),
    PaymentDeclined: ({ order, reason }) => ask(Orders, order, CancelOrder({ reason })),
  },
})
