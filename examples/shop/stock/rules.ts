/** The rules of stock. */
import { Rules } from "leftfold/app"
import { readByStaff, staff } from "../users/contract.ts"
import { Movements, Stock, StockTotals } from "./contract.ts"
import { StockLedger } from "./stock-ledger.ts"
import { StockLevel } from "./stock-level.ts"

/** Stock is for staff. Others see in the catalogue how much is available. */
export const rules = [
  Rules.actor(Stock, { ReceiveStock: staff }, readByStaff),
  Rules.view(StockLevel, staff),
  Rules.view(StockLedger, staff),
  Rules.query(Movements, staff),
  Rules.query(StockTotals, staff, { sameForAll: true }),
]
