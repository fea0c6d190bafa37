/** The context of stock: all its parts. */
import type { ContextParts } from "leftfold/app"
import { ItemActor } from "./item.ts"
import { movements } from "./movements.ts"
import { rules } from "./rules.ts"
import { StockLedger } from "./stock-ledger.ts"
import { StockLevel } from "./stock-level.ts"
import { totals } from "./totals.ts"

/** Items in stock, and their movements. */
export const stock = {
  actors: [ItemActor],
  projections: [StockLevel, StockLedger],
  queries: [movements, totals],
  rules,
} satisfies ContextParts
