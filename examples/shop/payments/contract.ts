/** The language of payments. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"
import { numbers } from "../schemas/proto/payments.payment.ts"

const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The contract of a payment. Its id is the id of its order. */
export const Payments = Contract.define("payments.payment", {
  commands: {
    ConfirmPayment: {},
  },
  internal: {
    TakePayment: { amount: Cents },
    DeclinePayment: { reason: Schema.String },
    RefundPayment: {},
    ConfirmRefund: {},
  },
  events: {
    PaymentRequested: { amount: Cents },
    PaymentTaken: { amount: Cents },
    PaymentDeclined: { amount: Cents, reason: Schema.String },
    PaymentWithdrawn: {},
    RefundRequested: { amount: Cents },
    PaymentRefunded: { amount: Cents },
  },
  protobuf: numbers,
})

/** The money of a payment, in cents. */
export const PaymentRow = { id: Schema.String, taken: Schema.Int, refunded: Schema.Int }

/** All payments together. */
export const PaymentTotals = Query.define("payments.totals", {
  params: {},
  result: Schema.Struct({ taken: Schema.Int, refunded: Schema.Int }),
})
