/** An item in stock: received, reserved for orders, then shipped or released; never below zero. */
import { Actor } from "leftfold/actors"
import { Stock } from "./contract.ts"

const { StockReceived, StockReserved, StockShort, StockReleased, StockShipped, StockReturned } =
  Stock.events

/** How much is on hand, and how much is reserved for each order. */
export interface Item {
  readonly onHand: number
  readonly reserved: { readonly [order: string]: number }
}

const initial: Item = { onHand: 0, reserved: {} }

const without = (reserved: Item["reserved"], order: string): Item["reserved"] => {
  const { [order]: _, ...others } = reserved
  return others
}

const reservedFor = ({ reserved }: Item, order: string): number =>
  Object.hasOwn(reserved, order) ? reserved[order] ?? 0 : 0

/** The actor of an item. */
export const ItemActor = Actor.define(Stock, {
  initial,
  decide: {
    ReceiveStock: (_, { quantity }) => StockReceived({ quantity }),
    ReserveStock(item, { order, quantity }) {
      if (reservedFor(item, order) > 0) return []
      const { onHand: available } = item
      if (available < quantity) return StockShort({ order, quantity, available })
      return StockReserved({ order, quantity })
    },
    ReleaseStock(item, { order }) {
      const quantity = reservedFor(item, order)
      return quantity > 0 ? StockReleased({ order, quantity }) : []
    },
    ShipStock(item, { order }) {
      const quantity = reservedFor(item, order)
      return quantity > 0 ? StockShipped({ order, quantity }) : []
    },
    ReturnStock: (_, { order, quantity }) => StockReturned({ order, quantity }),
  },
  evolve: {
    StockReceived: (item, { quantity }) => ({ ...item, onHand: item.onHand + quantity }),
    StockReserved: ({ onHand, reserved }, { order, quantity }) => ({
      onHand: onHand - quantity,
      reserved: { ...reserved, [order]: quantity },
    }),
    StockShort: (item) => item,
    StockReleased: ({ onHand, reserved }, { order, quantity }) => ({
      onHand: onHand + quantity,
      reserved: without(reserved, order),
    }),
    StockShipped: ({ onHand, reserved }, { order }) => ({
      onHand,
      reserved: without(reserved, order),
    }),
    StockReturned: (item, { quantity }) => ({ ...item, onHand: item.onHand + quantity }),
  },
})
