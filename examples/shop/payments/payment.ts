/** A payment: requested from the provider, then taken or declined, and refunded if necessary. */
import { Actor } from "leftfold/actors"
import { Payments } from "./contract.ts"

const {
  PaymentRequested,
  PaymentTaken,
  PaymentDeclined,
  PaymentWithdrawn,
  RefundRequested,
  PaymentRefunded,
} = Payments.events

/** The state of a payment. */
export interface PaymentState {
  readonly state: "open" | "asked" | "taken" | "declined" | "withdrawn" | "refunding" | "refunded"
  readonly amount: number
}

const initial: PaymentState = { state: "open", amount: 0 }

/** The actor of a payment. */
export const Payment = Actor.define(Payments, {
  initial,
  decide: {
    TakePayment: ({ state }, { amount }) => state === "open" ? PaymentRequested({ amount }) : [],
    ConfirmPayment({ state, amount }) {
      if (state === "asked") return PaymentTaken({ amount })
      // The customer paid while the order was being cancelled.
      if (state === "withdrawn" && amount > 0) {
        return [PaymentTaken({ amount }), RefundRequested({ amount })]
      }
      return []
    },
    DeclinePayment: ({ state, amount }, { reason }) =>
      state === "asked" ? PaymentDeclined({ amount, reason }) : [],
    RefundPayment({ state, amount }) {
      if (state === "taken") return RefundRequested({ amount })
      return state === "open" || state === "asked" ? PaymentWithdrawn() : []
    },
    ConfirmRefund: ({ state, amount }) => state === "refunding" ? PaymentRefunded({ amount }) : [],
  },
  evolve: {
    PaymentRequested: (_, { amount }) => ({ state: "asked", amount }),
    PaymentTaken: (payment) => ({ ...payment, state: "taken" }),
    PaymentDeclined: (payment) => ({ ...payment, state: "declined" }),
    PaymentWithdrawn: (payment) => ({ ...payment, state: "withdrawn" }),
    RefundRequested: (payment) => ({ ...payment, state: "refunding" }),
    PaymentRefunded: (payment) => ({ ...payment, state: "refunded" }),
  },
})
