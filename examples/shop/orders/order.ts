/** An order: placed once, and cancelled at most once. */
import { Actor } from "leftfold/actors"
import { Orders } from "./contract.ts"

const { OrderPlaced, OrderCancelled } = Orders.events
const { AlreadyPlaced, NotPlaced } = Orders.rejections

const totalOf = (lines: readonly { readonly quantity: number; readonly price: number }[]) =>
  lines.reduce((total, { quantity, price }) => total + quantity * price, 0)

/** Decides for orders. */
export const Order = Actor.define(Orders, {
  initial: "new" as "new" | "placed" | "cancelled",
  decide: {
    PlaceOrder(order, { customer, lines }) {
      if (order !== "new") return AlreadyPlaced()
      return OrderPlaced({ customer, lines, total: totalOf(lines) })
    },
    CancelOrder(order, { reason }) {
      if (order === "new") return NotPlaced()
      if (order === "cancelled") return []
      return OrderCancelled({ reason })
    },
  },
  evolve: { OrderPlaced: () => "placed", OrderCancelled: () => "cancelled" },
})
