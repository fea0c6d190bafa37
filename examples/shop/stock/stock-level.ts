/** The stock level: how much of each item was received, and where it is now. */
import type { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { LevelRow, Stock } from "./contract.ts"

type Level = Schema.Struct.Type<typeof LevelRow>

const empty = (sku: string): Level => ({ sku, received: 0, onHand: 0, reserved: 0, shipped: 0 })

/** One row per item. */
export const StockLevel = Projection.define("stock.level", {
  from: [Stock],
  row: LevelRow,
  key: "sku",
  on: {
    StockReceived(level, { quantity }, { id }) {
      const { received, onHand, ...rest } = level ?? empty(id)
      return { ...rest, received: received + quantity, onHand: onHand + quantity }
    },
    StockReserved: (level, { quantity }) =>
      level &&
      { ...level, onHand: level.onHand - quantity, reserved: level.reserved + quantity },
    StockReleased: (level, { quantity }) =>
      level &&
      { ...level, onHand: level.onHand + quantity, reserved: level.reserved - quantity },
    StockShipped: (level, { quantity }) =>
      level &&
      { ...level, reserved: level.reserved - quantity, shipped: level.shipped + quantity },
    StockReturned(level, { quantity }, { id }) {
      const { onHand, shipped, ...rest } = level ?? empty(id)
      return { ...rest, onHand: onHand + quantity, shipped: shipped - quantity }
    },
  },
})
