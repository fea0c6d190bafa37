/** Answers who has bought for most. */
import { QueryHandler } from "leftfold/projections"
import { BestCustomers } from "./contract.ts"
import { CustomerCard } from "./customer-card.ts"

/** The ten customers who have bought for most. */
export const bestCustomers = QueryHandler.define(BestCustomers, {
  from: [CustomerCard],
  sql: (_, { sql, view }) =>
    sql`select * from ${view(CustomerCard)} order by "lifetimeValue" desc, id limit 10`,
  memory: (_, { rows }) =>
    [...rows(CustomerCard)]
      .sort((one, other) => other.lifetimeValue - one.lifetimeValue || (one.id < other.id ? -1 : 1))
      .slice(0, 10),
})
