/** Answers the movements of an item. */
import { QueryHandler } from "leftfold/projections"
import { Movements } from "./contract.ts"
import { StockLedger } from "./stock-ledger.ts"

/** The last movements of an item, the latest first. */
export const movements = QueryHandler.rows(Movements, StockLedger, {
  where: ({ sku }) => ({ sku }),
  orderBy: ["version desc"],
  limit: 100,
})
