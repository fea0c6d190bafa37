/** Checkout reports: tell a checkout what happened to its order, stock, payment and delivery. */
import { ask, Policy } from "leftfold/actors"
import { Deliveries } from "../delivery/contract.ts"
import { Payments } from "../payments/contract.ts"
import { Stock } from "../stock/contract.ts"
import { Checkouts, Orders } from "./contract.ts"

const { commands } = Checkouts

/** Every report is a command to the checkout, which decides whether it still matters. */
export const CheckoutReports = Policy.define("orders.checkout-reports", {
  from: [Orders, Stock, Payments, Deliveries],
  on: {
    OrderPlaced: ({ customer, address = "", lines, total }, { id }) => {
      const items = lines.map(({ sku, quantity }) => ({ sku, quantity }))
      const begin = commands.BeginCheckout({ customer, address, items, amount: total })
      return ask(Checkouts, id, begin)
    },
    OrderCancelled: ({ reason }, { id }) =>
      ask(Checkouts, id, commands.AbandonCheckout({ reason })),
    StockReserved: ({ order }, { id }) => ask(Checkouts, order, commands.NoteReserved({ sku: id })),
    StockShort: ({ order }, { id }) => ask(Checkouts, order, commands.NoteShort({ sku: id })),
    PaymentTaken: (_, { id }) => ask(Checkouts, id, commands.NotePaid()),
    PaymentDeclined: ({ reason }, { id }) => ask(Checkouts, id, commands.NoteDeclined({ reason })),
    DeliveryDispatched: (_, { id }) => ask(Checkouts, id, commands.NoteDispatched()),
    DeliveryCompleted: (_, { id }) => ask(Checkouts, id, commands.NoteDelivered()),
    DeliveryCancelled: (_, { id }) => ask(Checkouts, id, commands.NoteNotDispatched()),
    DeliveryReturned: ({ reason }, { id }) => ask(Checkouts, id, commands.NoteReturned({ reason })),
  },
})
