/** Answers which orders are placed, completed or cancelled. */
import { QueryHandler } from "leftfold/projections"
import { OrdersInState } from "./contract.ts"
import { OrderList } from "./order-list.ts"

/** The orders in one state, ordered by id. */
export const ordersInState = QueryHandler.rows(OrdersInState, OrderList, {
  where: ({ state }) => ({ state }),
  orderBy: ["id"],
  limit: 1_000,
})
