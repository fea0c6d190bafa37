/** Answers the sales of each day. */
import { QueryHandler } from "leftfold/projections"
import { Sales } from "./contract.ts"
import { SalesPerDay } from "./sales-per-day.ts"

/** Sales from one day to another, both included. */
export const sales = QueryHandler.define(Sales, {
  from: [SalesPerDay],
  sql: ({ from, to }, { sql, view }) =>
    sql`select * from ${view(SalesPerDay)} where day between ${from} and ${to} order by day`,
  memory: ({ from, to }, { rows }) =>
    rows(SalesPerDay)
      .filter(({ day }) => from <= day && day <= to)
      .sort((one, other) => one.day < other.day ? -1 : 1),
})
