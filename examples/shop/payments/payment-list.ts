/** The list of payments: how much was taken for each order, and how much given back. */
import { Projection } from "leftfold/projections"
import { PaymentRow, Payments } from "./contract.ts"

/** One row per payment in which money was moved. */
export const PaymentList = Projection.define("payments.payment-list", {
  from: [Payments],
  row: PaymentRow,
  key: "id",
  on: {
    PaymentTaken: (_, { amount }, { id }) => ({ id, taken: amount, refunded: 0 }),
    PaymentRefunded: (row, { amount }) => row && { ...row, refunded: amount },
  },
})
