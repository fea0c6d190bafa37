/** Answers who has bought for most. */
import { QueryHandler } from "leftfold/projections"
import { BestCustomers } from "./contract.ts"
import { CustomerCard } from "./customer-card.ts"

/** The ten customers who have bought for most. */
export const bestCustomers = QueryHandler.rows(BestCustomers, CustomerCard, {
  orderBy: ["lifetimeValue desc", "id"],
  limit: 10,
})
