/** The language of stock. An item has the SKU of its product. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"
import { numbers } from "../schemas/proto/stock.item.ts"

const Quantity = Schema.Int.check(Schema.isGreaterThan(0))
const OrderId = Schema.NonEmptyString

/** The most that one command receives: the sum of nine thousand million of these is still exact. */
const MOST_RECEIVED = 1_000_000

const reservation = { order: OrderId, quantity: Quantity }

/** The contract of an item in stock. */
export const Stock = Contract.define("stock.item", {
  commands: {
    ReceiveStock: { quantity: Quantity.check(Schema.isLessThanOrEqualTo(MOST_RECEIVED)) },
  },
  internal: {
    ReserveStock: reservation,
    ReleaseStock: { order: OrderId },
    ShipStock: { order: OrderId },
    ReturnStock: reservation,
  },
  events: {
    StockReceived: { quantity: Quantity },
    StockReserved: reservation,
    StockShort: { ...reservation, available: Schema.Int },
    StockReleased: reservation,
    StockShipped: reservation,
    StockReturned: reservation,
  },
  protobuf: numbers,
})

/** The stock of an item: everything received is on hand, reserved or shipped. */
export const LevelRow = {
  sku: Schema.String,
  received: Schema.Int,
  onHand: Schema.Int,
  reserved: Schema.Int,
  shipped: Schema.Int,
}

/** One line of the ledger: what was moved, when, and for which order. */
export const MovementRow = {
  id: Schema.String,
  sku: Schema.String,
  version: Schema.Int,
  movement: Schema.Literals(["received", "reserved", "released", "shipped", "returned"]),
  quantity: Schema.Int,
  order: Schema.optionalKey(Schema.String),
  time: Schema.Date,
}

/** The last 100 movements of an item, the latest first. */
export const Movements = Query.define("stock.movements", {
  params: { sku: Schema.NonEmptyString },
  result: Schema.Array(Schema.Struct(MovementRow)),
})

/** All items together. */
export const StockTotals = Query.define("stock.totals", {
  params: {},
  result: Schema.Struct({
    received: Schema.Int,
    onHand: Schema.Int,
    reserved: Schema.Int,
    shipped: Schema.Int,
  }),
})
