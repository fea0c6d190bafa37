/** Tests of items in stock, their level and their ledger. */
import { given, happened, test } from "leftfold/testing"
import { Stock } from "./contract.ts"
import { ItemActor } from "./item.ts"
import { StockLedger } from "./stock-ledger.ts"
import { StockLevel } from "./stock-level.ts"

const { ReserveStock, ReleaseStock, ShipStock } = Stock.commands
const { events } = Stock

const [order, quantity] = ["o-1", 3]
const received = events.StockReceived({ quantity: 5 })
const reserved = events.StockReserved({ order, quantity })
const released = events.StockReleased({ order, quantity })
const shipped = events.StockShipped({ order, quantity })

test("what is on hand can be reserved, and never more", () => {
  given(ItemActor, received).when(ReserveStock({ order, quantity })).then(reserved)
  given(ItemActor, received, reserved)
    .when(ReserveStock({ order: "o-2", quantity: 3 }))
    .then(events.StockShort({ order: "o-2", quantity: 3, available: 2 }))
  given(ItemActor).when(ReserveStock({ order, quantity }))
    .then(events.StockShort({ order, quantity, available: 0 }))
})

test("an order reserves once, whatever its name is", () => {
  given(ItemActor, received, reserved).when(ReserveStock({ order, quantity })).thenNothing()
  given(ItemActor, received)
    .when(ReserveStock({ order: "constructor", quantity }))
    .then(events.StockReserved({ order: "constructor", quantity }))
})

test("what is reserved is released or shipped, once", () => {
  given(ItemActor, received, reserved).when(ReleaseStock({ order })).then(released)
  given(ItemActor, received, reserved).when(ShipStock({ order })).then(shipped)
  given(ItemActor, received, reserved, released).when(ShipStock({ order })).thenNothing()
  given(ItemActor, received, reserved, shipped).when(ReleaseStock({ order })).thenNothing()
  given(ItemActor, received, reserved, released).thenState({ onHand: 5, reserved: {} })
  given(ItemActor, received, reserved, shipped).thenState({ onHand: 2, reserved: {} })
})

test("the level of an item always adds up to what was received", () => {
  const happen = [received, reserved, shipped, events.StockReturned({ order, quantity: 1 })]
  given(StockLevel, ...happen.map((event) => happened("tea", event)))
    .thenRow("tea", { sku: "tea", received: 5, onHand: 3, reserved: 0, shipped: 2 })
})

test("every movement is in the ledger, and a shortage is none", () => {
  const time = new Date("2026-11-22T12:00:00Z")
  const short = events.StockShort({ order, quantity, available: 0 })
  const ledger = given(
    StockLedger,
    happened("tea", received, { version: 1, time }),
    happened("tea", reserved, { version: 2, time }),
    happened("tea", short, { version: 3, time }),
  )
  const row = { sku: "tea", time }
  ledger.thenRow("tea-1", { ...row, id: "tea-1", version: 1, movement: "received", quantity: 5 })
  ledger.thenRow("tea-2", {
    ...row,
    ...{ id: "tea-2", version: 2, movement: "reserved", quantity, order },
  })
  ledger.thenNoRow("tea-3")
})
