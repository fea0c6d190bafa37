/** Answers which orders a customer has placed. */
import { QueryHandler } from "leftfold/projections"
import { OrdersOfCustomer } from "./contract.ts"
import { OrderList } from "./order-list.ts"

/** The orders of a customer, by their ids. */
export const ordersOfCustomer = QueryHandler.define(OrdersOfCustomer, {
  from: [OrderList],
  sql: ({ customer }, { sql, view }) =>
    sql`select * from ${view(OrderList)} where customer = ${customer} order by id limit 1000`,
  memory: ({ customer }, { rows }) =>
    rows(OrderList)
      .filter((order) => order.customer === customer)
      .sort((one, other) => one.id < other.id ? -1 : 1),
})
