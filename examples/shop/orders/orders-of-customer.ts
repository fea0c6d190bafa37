/** Answers which orders a customer has placed. */
import { QueryHandler } from "leftfold/projections"
import { OrdersOfCustomer } from "./contract.ts"
import { OrderList } from "./order-list.ts"

/** The orders of a customer, ordered by id. */
export const ordersOfCustomer = QueryHandler.rows(OrdersOfCustomer, OrderList, {
  where: ({ customer }) => ({ customer }),
  orderBy: ["id"],
  limit: 1_000,
})
