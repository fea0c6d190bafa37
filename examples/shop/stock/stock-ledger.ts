/** The stock ledger: every movement of every item. */
import type { Schema } from "effect"
import { Projection } from "leftfold/projections"
import type { EventMeta } from "leftfold/wire"
import { MovementRow, Stock } from "./contract.ts"

type Movement = Schema.Struct.Type<typeof MovementRow>

type Meta = Pick<EventMeta, "id" | "version" | "time">

interface Moved {
  readonly quantity: number
  readonly order?: string
}

const keyOf = ({ id, version }: Meta): string => `${id}-${version}`

const entry = (movement: Movement["movement"]) => (_: unknown, moved: Moved, meta: Meta) => ({
  id: keyOf(meta),
  sku: meta.id,
  version: meta.version,
  movement,
  quantity: moved.quantity,
  ...(moved.order === undefined ? {} : { order: moved.order }),
  time: meta.time,
})

/** One row per movement. */
export const StockLedger = Projection.define("stock.ledger", {
  from: [Stock],
  row: MovementRow,
  key: { column: "id", of: (_, meta) => keyOf(meta) },
  indexes: [["sku", "version"]],
  on: {
    StockReceived: entry("received"),
    StockReserved: entry("reserved"),
    StockReleased: entry("released"),
    StockShipped: entry("shipped"),
    StockReturned: entry("returned"),
  },
})
