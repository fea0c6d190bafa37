/** The rules of orders. */
import { nobody, Rules } from "leftfold/app"
import { isStaff, readByStaff, staff } from "../users/contract.ts"
import { Checkouts, Orders, OrdersInState, OrdersOfCustomer, Sales } from "./contract.ts"
import { OrderDetail } from "./order-detail.ts"
import { OrderList } from "./order-list.ts"
import { SalesPerDay } from "./sales-per-day.ts"

/** Customers order for themselves and see their own orders; staff see and cancel all. */
export const rules = [
  Rules.actor(Orders, {
    PlaceOrder: ({ user }, { customer }) => isStaff(user) || user.id === customer,
    // The order knows whose it is, and decides.
    CancelOrder: () => true,
  }, readByStaff),
  Rules.actor(Checkouts, nobody, readByStaff),
  Rules.view(OrderList, ({ user }) => isStaff(user) || { customer: user.id }),
  Rules.view(OrderDetail, ({ user }) => isStaff(user) || { customer: user.id }),
  Rules.view(SalesPerDay, staff),
  Rules.query(OrdersOfCustomer, ({ user }, { customer }) => isStaff(user) || user.id === customer),
  // Of these orders, each user sees the rows of the order list that they may see.
  Rules.query(OrdersInState, () => true),
  Rules.query(Sales, staff, { sameForAll: true }),
]
