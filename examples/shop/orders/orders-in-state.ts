/** Answers which orders are placed, completed or cancelled. */
import { QueryHandler } from "leftfold/projections"
import { OrdersInState } from "./contract.ts"
import { OrderList } from "./order-list.ts"

/** The orders in one state, by their ids. */
export const ordersInState = QueryHandler.define(OrdersInState, {
  from: [OrderList],
  sql: ({ state }, { sql, view }) =>
    sql`select * from ${view(OrderList)} where state = ${state} order by id limit 1000`,
  memory: ({ state }, { rows }) =>
    rows(OrderList)
      .filter((order) => order.state === state)
      .sort((one, other) => one.id < other.id ? -1 : 1),
})
