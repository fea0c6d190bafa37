/** `npm start`: the servers and the shop in one process, until Ctrl-C. */
import { type DevelopmentOptions, runDevelopment } from "leftfold/development"
import { shop } from "./main.ts"

const order = '{"customer":"ada","lines":[{"sku":"tea","quantity":2,"price":450}]}'

const options: DevelopmentOptions = {
  hints: (url) =>
    `Receive some tea, order it, and see what became of the order:

  curl ${url}/stock/item/tea/ReceiveStock \\
    -H 'content-type: application/json' -d '{"quantity":10}'
  curl ${url}/orders/order/o-1/PlaceOrder \\
    -H 'content-type: application/json' -d '${order}'
  curl ${url}/orders/order-detail/o-1`,
}

await runDevelopment(shop, options)
