/** Answers how much there is of all items together. */
import { QueryHandler } from "leftfold/projections"
import { StockTotals } from "./contract.ts"
import { StockLevel } from "./stock-level.ts"

/** All items together: received = on hand + reserved + shipped. */
export const totals = QueryHandler.define(StockTotals, {
  from: [StockLevel],
  sql: async (_, { sql, view }) => {
    const [sums] = await sql`
      select coalesce(sum(received), 0) as received, coalesce(sum("onHand"), 0) as "onHand",
        coalesce(sum(reserved), 0) as reserved, coalesce(sum(shipped), 0) as shipped
      from ${view(StockLevel)}`
    return sums
  },
  memory: (_, { rows }) => {
    const sum = (column: "received" | "onHand" | "reserved" | "shipped") =>
      rows(StockLevel).reduce((total, level) => total + level[column], 0)
    return {
      received: sum("received"),
      onHand: sum("onHand"),
      reserved: sum("reserved"),
      shipped: sum("shipped"),
    }
  },
})
