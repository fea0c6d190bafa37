/** An order: placed once, and then either completed or cancelled. */
import { Actor } from "leftfold/actors"
import { Orders } from "./contract.ts"

const { OrderPlaced, OrderCancelled, OrderCompleted } = Orders.events
const { AlreadyPlaced, NotPlaced, AlreadyCompleted } = Orders.rejections

const totalOf = (lines: readonly { readonly quantity: number; readonly price: number }[]) =>
  lines.reduce((total, { quantity, price }) => total + quantity * price, 0)

/** The state of an order. */
export interface OrderState {
  readonly state: "new" | "placed" | "completed" | "cancelled"
  readonly customer: string
  readonly total: number
}

const initial: OrderState = { state: "new", customer: "", total: 0 }

/** The actor of an order. */
export const Order = Actor.define(Orders, {
  initial,
  decide: {
    PlaceOrder({ state }, { lines, ...rest }) {
      if (state !== "new") return AlreadyPlaced()
      return OrderPlaced({ ...rest, lines, total: totalOf(lines) })
    },
    CancelOrder({ state, customer }, { reason }) {
      if (state === "new") return NotPlaced()
      if (state === "completed") return AlreadyCompleted()
      if (state === "cancelled") return []
      return OrderCancelled({ customer, reason })
    },
    CompleteOrder({ state, customer, total }) {
      if (state === "new") return NotPlaced()
      if (state !== "placed") return []
      return OrderCompleted({ customer, total })
    },
  },
  evolve: {
    OrderPlaced: (_, { customer, total }) => ({ state: "placed", customer, total }),
    OrderCancelled: (order) => ({ ...order, state: "cancelled" }),
    OrderCompleted: (order) => ({ ...order, state: "completed" }),
  },
})
