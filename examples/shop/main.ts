/** The shop's composition root: the one file that knows every context. */
import process from "node:process"
import { App } from "leftfold/app"
import { customers } from "./customers/context.ts"
import { delivery } from "./delivery/context.ts"
import type { TimeToPay } from "./orders/checkout-steps.ts"
import { ordersWith } from "./orders/context.ts"
import { pageWith } from "./page.ts"
import { payments } from "./payments/context.ts"
import { products } from "./products/context.ts"
import { stock } from "./stock/context.ts"
import { developmentUser, type Identity, identityIn } from "./users/users.ts"

/** The shop, with this time to pay and these users. */
export const shopWith = (
  timeToPay?: TimeToPay,
  { users, signIn }: Identity = identityIn(process.env),
) =>
  App.define("shop", {
    contexts: [ordersWith(timeToPay), customers, products, stock, payments, delivery],
    http: pageWith(signIn),
    users,
    developmentUser,
  })

/** The shop. */
export const shop = shopWith()

await App.main(shop, import.meta.url)
