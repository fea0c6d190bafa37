/** The context of orders: all its parts. */
import type { ContextParts } from "leftfold/app"
import { CheckoutActor } from "./checkout.ts"
import { CheckoutReports } from "./checkout-reports.ts"
import { checkoutSteps, type TimeToPay } from "./checkout-steps.ts"
import { Order } from "./order.ts"
import { OrderDetail } from "./order-detail.ts"
import { OrderList } from "./order-list.ts"
import { ordersInState } from "./orders-in-state.ts"
import { ordersOfCustomer } from "./orders-of-customer.ts"
import { rules } from "./rules.ts"
import { sales } from "./sales.ts"
import { SalesPerDay } from "./sales-per-day.ts"

/** Orders and their checkouts, with this time to pay. */
export const ordersWith = (timeToPay?: TimeToPay) => ({
  actors: [Order, CheckoutActor],
  projections: [OrderList, OrderDetail, SalesPerDay],
  queries: [ordersOfCustomer, ordersInState, sales],
  policies: [CheckoutReports, checkoutSteps(timeToPay)],
  rules,
} satisfies ContextParts)
