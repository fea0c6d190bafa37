/** Answers which customers have bought the most. */
import { QueryHandler } from "leftfold/projections"
import { BestCustomers } from "./contract.ts"
import { CustomerCard } from "./customer-card.ts"

/** The ten customers whose completed orders are worth the most. */
export const bestCustomers = QueryHandler.rows(BestCustomers, CustomerCard, {
  orderBy: ["lifetimeValue desc", "id"],
  limit: 10,
})
