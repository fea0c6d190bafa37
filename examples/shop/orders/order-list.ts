/** The list of orders, as a shop's staff sees it. */
import { Projection } from "leftfold/projections"
import { OrderRow, Orders } from "./contract.ts"

/** One row per order. */
export const OrderList = Projection.define("orders.order-list", {
  from: [Orders],
  row: OrderRow,
  key: "id",
  indexes: ["customer"],
  on: {
    OrderPlaced: (_, { customer, total }, { id }) => ({ id, customer, total, cancelled: false }),
    OrderCancelled: (row) => row && { ...row, cancelled: true },
  },
})
