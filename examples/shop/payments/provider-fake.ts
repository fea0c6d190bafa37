/** A provider that moves no money: the amount decides the outcome of a charge. */
import type { Provider } from "./provider.ts"

/** The largest amount that it accepts, in cents. */
export const LARGEST_PAYMENT = 1_000_000

/** A charge of this amount stays open until somebody sends `ConfirmPayment`. */
export const UNCONFIRMED_PAYMENT = 66_600

/** Makes a provider. */
export const fakeProvider = (): Provider => ({
  charge: (_, amount) => {
    if (amount === UNCONFIRMED_PAYMENT) return Promise.resolve({ type: "open" })
    if (amount <= LARGEST_PAYMENT) return Promise.resolve({ type: "taken" })
    return Promise.resolve({ type: "declined", reason: "the amount is above the limit" })
  },
  refund: () => Promise.resolve(),
})
