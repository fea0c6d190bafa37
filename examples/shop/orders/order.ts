/** An order: placed once, and then either completed or cancelled. */
import { Actor, type DecideMeta } from "leftfold/actors"
import { isStaff } from "../users/contract.ts"
import { Orders } from "./contract.ts"

const { OrderPlaced, OrderCancelled, OrderCompleted } = Orders.events
const { AlreadyPlaced, NotPlaced, NotYours, AlreadyCompleted } = Orders.rejections

const totalOf = (lines: readonly { readonly quantity: number; readonly price: number }[]) =>
  lines.reduce((total, { quantity, price }) => total + quantity * price, 0)

/** The state of an order. */
export interface OrderState {
  readonly state: "new" | "placed" | "completed" | "cancelled"
  readonly customer: string
  readonly total: number
}

/** Whether it is this customer who asks, or the shop: its staff, its operators, a test. */
const isOwn = (
  { customer }: OrderState,
  { principal = SHOP, claims = {} }: Pick<DecideMeta, "principal" | "claims">,
): boolean => principal === customer || principal === SHOP || isStaff({ claims })

/** The principal of the application itself. */
const SHOP = "leftfold:system"

const cancelled = ({ state, customer }: OrderState, reason: string) => {
  if (state === "completed") return AlreadyCompleted()
  return state === "cancelled" ? [] : OrderCancelled({ customer, reason })
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
    CancelOrder(order, { reason }, meta) {
      if (order.state === "new") return NotPlaced()
      return isOwn(order, meta) ? cancelled(order, reason) : NotYours()
    },
    AbandonOrder: (order, { reason }) =>
      order.state === "new" ? NotPlaced() : cancelled(order, reason),
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
