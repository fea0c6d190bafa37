/** Answers how much money was taken and refunded. */
import { QueryHandler } from "leftfold/projections"
import { PaymentTotals } from "./contract.ts"
import { PaymentList } from "./payment-list.ts"

/** All payments together. */
export const paymentTotals = QueryHandler.define(PaymentTotals, {
  from: [PaymentList],
  sql: async (_, { sql, view }) => {
    const [sums] = await sql`
      select coalesce(sum(taken), 0) as taken, coalesce(sum(refunded), 0) as refunded
      from ${view(PaymentList)}`
    return sums
  },
  memory: (_, { rows }) => {
    const sum = (column: "taken" | "refunded") =>
      rows(PaymentList).reduce((total, payment) => total + payment[column], 0)
    return { taken: sum("taken"), refunded: sum("refunded") }
  },
})
