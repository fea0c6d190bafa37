/** The context of payments: all its parts. */
import type { ContextParts } from "leftfold/app"
import { collection } from "./collection.ts"
import { Payment } from "./payment.ts"
import { PaymentList } from "./payment-list.ts"
import { fakeProvider } from "./provider-fake.ts"
import { rules } from "./rules.ts"
import { paymentTotals } from "./totals.ts"

/** Payments, with a provider that moves no money. */
export const payments = {
  actors: [Payment],
  projections: [PaymentList],
  queries: [paymentTotals],
  policies: [collection(fakeProvider())],
  rules,
} satisfies ContextParts
