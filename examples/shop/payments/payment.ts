/** A payment: taken or declined, once. */
import { Actor } from "leftfold/actors"
import { Payments } from "./contract.ts"

/** The largest payment that is taken, in cents. */
export const LARGEST_PAYMENT = 1_000_000

const { PaymentTaken, PaymentDeclined } = Payments.events

/** Decides for payments. */
export const Payment = Actor.define(Payments, {
  initial: "open" as "open" | "taken" | "declined",
  decide: {
    TakePayment(payment, { order, amount }) {
      if (payment !== "open") return []
      if (amount > LARGEST_PAYMENT) {
        return PaymentDeclined({ order, amount, reason: "the amount is above the limit" })
      }
      return PaymentTaken({ order, amount })
    },
  },
  evolve: { PaymentTaken: () => "taken", PaymentDeclined: () => "declined" },
})
