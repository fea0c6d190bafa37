/** The context of customers: all that it brings to the shop. */
import type { ContextParts } from "leftfold/app"
import { bestCustomers } from "./best-customers.ts"
import { CustomerActor } from "./customer.ts"
import { CustomerCard } from "./customer-card.ts"

/** Customers, and what they have bought for. */
export const customers: ContextParts = {
  actors: [CustomerActor],
  projections: [CustomerCard],
  queries: [bestCustomers],
}
