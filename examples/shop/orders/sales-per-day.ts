/** Sales per day: how many orders were completed that day, and their value. */
import { Projection } from "leftfold/projections"
import { Orders, SalesRow } from "./contract.ts"

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)

/** One row per day, in UTC. */
export const SalesPerDay = Projection.define("orders.sales-per-day", {
  from: [Orders],
  row: SalesRow,
  key: { column: "day", of: (_, { time }) => dayOf(time) },
  on: {
    OrderCompleted: (row, { total }, { time }) => ({
      day: dayOf(time),
      orders: (row?.orders ?? 0) + 1,
      revenue: (row?.revenue ?? 0) + total,
    }),
  },
})
