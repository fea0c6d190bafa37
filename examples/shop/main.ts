/** The shop's composition root: the one file that knows every context. */
import { App } from "leftfold/app"
import { customers } from "./customers/context.ts"
import { delivery } from "./delivery/context.ts"
import type { TimeToPay } from "./orders/checkout-steps.ts"
import { ordersWith } from "./orders/context.ts"
import { page } from "./page.ts"
import { payments } from "./payments/context.ts"
import { products } from "./products/context.ts"
import { stock } from "./stock/context.ts"

/** The shop, with this time to pay. */
export const shopWith = (timeToPay?: TimeToPay) =>
  App.define("shop", {
    contexts: [ordersWith(timeToPay), customers, products, stock, payments, delivery],
    http: page,
  })

/** The shop. */
export const shop = shopWith()

await App.main(shop, import.meta.url)
