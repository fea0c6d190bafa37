/** The stock ledger: every movement of every item. */
import type { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { MovementRow, Stock } from "./contract.ts"

type Movement = Schema.Struct.Type<typeof MovementRow>

interface Place {
  readonly id: string
  readonly version: number
  readonly time: Date
}

interface Moved {
  readonly quantity: number
  readonly order?: string
}

const keyOf = ({ id, version }: Place): string => `${id}-${version}`

const entry = (movement: Movement["movement"]) => (_: unknown, moved: Moved, place: Place) => ({
  id: keyOf(place),
  sku: place.id,
  version: place.version,
  movement,
  quantity: moved.quantity,
  ...(moved.order === undefined ? {} : { order: moved.order }),
  time: place.time,
})

/** One row per movement. */
export const StockLedger = Projection.define("stock.ledger", {
  from: [Stock],
  row: MovementRow,
  key: { column: "id", of: (_, place) => keyOf(place) },
  indexes: [["sku", "version"]],
  on: {
    StockReceived: entry("received"),
    StockReserved: entry("reserved"),
    StockReleased: entry("released"),
    StockShipped: entry("shipped"),
    StockReturned: entry("returned"),
  },
})
