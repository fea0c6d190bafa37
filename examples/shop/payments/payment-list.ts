/** The list of payments: how much was taken and refunded for each order. */
import { Projection } from "leftfold/projections"
import { PaymentRow, Payments } from "./contract.ts"

/** One row per payment that moved money. */
export const PaymentList = Projection.define("payments.payment-list", {
  from: [Payments],
  row: PaymentRow,
  key: "id",
  on: {
    PaymentTaken: (_, { amount }, { id }) => ({ id, taken: amount, refunded: 0 }),
    PaymentRefunded: (row, { amount }) => row && { ...row, refunded: amount },
  },
})
