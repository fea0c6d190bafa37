/** Collection: has the provider take and refund the money of payments. */
import { ask, Policy } from "leftfold/actors"
import { Payments } from "./contract.ts"
import type { Provider } from "./provider.ts"

const { ConfirmPayment, DeclinePayment, ConfirmRefund } = Payments.commands

/** A policy that calls this provider. */
export const collection = (provider: Provider): Policy =>
  Policy.define("payments.collection", {
    from: [Payments],
    on: {
      PaymentRequested: async ({ amount }, { id }) => {
        const charge = await provider.charge(id, amount)
        if (charge.type === "open") return []
        if (charge.type === "taken") return ask(Payments, id, ConfirmPayment())
        return ask(Payments, id, DeclinePayment({ reason: charge.reason }))
      },
      RefundRequested: async ({ amount }, { id }) => {
        await provider.refund(id, amount)
        return ask(Payments, id, ConfirmRefund())
      },
    },
  })
