/** The context of customers: all its parts. */
import type { ContextParts } from "leftfold/app"
import { bestCustomers } from "./best-customers.ts"
import { CustomerActor } from "./customer.ts"
import { CustomerCard } from "./customer-card.ts"

/** Customers and their cards. */
export const customers: ContextParts = {
  actors: [CustomerActor],
  projections: [CustomerCard],
  queries: [bestCustomers],
}
