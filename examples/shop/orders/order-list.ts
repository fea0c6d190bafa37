/** The list of orders, as a shop's staff sees it. */
import { Projection } from "leftfold/projections"
import { OrderRow, Orders } from "./contract.ts"

/** One row per order. */
export const OrderList = Projection.define("orders.order-list", {
  from: [Orders],
  row: OrderRow,
  key: "id",
  indexes: ["customer", "state"],
  on: {
    OrderPlaced: (_, { customer, total }, { id }) => ({ id, customer, total, state: "placed" }),
    OrderCancelled: (row) => row && { ...row, state: "cancelled" },
    OrderCompleted: (row) => row && { ...row, state: "completed" },
  },
})
