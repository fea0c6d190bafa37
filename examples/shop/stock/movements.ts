/** Answers what has been moved of an item. */
import { QueryHandler } from "leftfold/projections"
import { Movements } from "./contract.ts"
import { StockLedger } from "./stock-ledger.ts"

/** The last movements of an item, the latest first. */
export const movements = QueryHandler.define(Movements, {
  from: [StockLedger],
  sql: ({ sku }, { sql, view }) =>
    sql`
    select * from ${view(StockLedger)} where sku = ${sku} order by version desc limit 100`,
  memory: ({ sku }, { rows }) =>
    rows(StockLedger)
      .filter((movement) => movement.sku === sku)
      .sort((one, other) => other.version - one.version)
      .slice(0, 100),
})
