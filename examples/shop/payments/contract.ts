/** The language of payments. */
import { Schema } from "effect"
import { Contract } from "leftfold/contracts"

const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What can be said of a payment. Its id is that of the order it is for. */
export const Payments = Contract.define("payments.payment", {
  commands: { TakePayment: { order: Schema.NonEmptyString, amount: Cents } },
  events: {
    PaymentTaken: { order: Schema.NonEmptyString, amount: Cents },
    PaymentDeclined: { order: Schema.NonEmptyString, amount: Cents, reason: Schema.String },
  },
})
