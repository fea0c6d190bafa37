/** The shop's composition root: the one file that knows everything. */
import { App } from "leftfold/app"
import { Checkout } from "./orders/checkout.ts"
import { OrderList } from "./orders/order-list.ts"
import { Order } from "./orders/order.ts"
import { ordersOfCustomer } from "./orders/orders-of-customer.ts"
import { Payment } from "./payments/payment.ts"

/** The shop. */
export const shop = App.define("shop", {
  actors: [Order, Payment],
  projections: [OrderList],
  queries: [ordersOfCustomer],
  policies: [Checkout],
})

await App.main(shop, import.meta.url)
