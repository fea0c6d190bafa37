/** The context of customers: all its parts. */
import type { ContextParts } from "leftfold/app"
import { bestCustomers } from "./best-customers.ts"
import { CustomerActor } from "./customer.ts"
import { CustomerCard } from "./customer-card.ts"
import { rules } from "./rules.ts"

/** Customers and their cards. */
export const customers = {
  actors: [CustomerActor],
  projections: [CustomerCard],
  queries: [bestCustomers],
  rules,
} satisfies ContextParts
