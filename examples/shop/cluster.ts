/** `npm run cluster`: three NATS servers, three nodes and the rest as processes, until Ctrl-C. */
import { type DevelopmentOptions, runCluster } from "leftfold/development"
import { shop } from "./main.ts"

const hints: DevelopmentOptions["hints"] = (url) =>
  `Receive some tea, and see it in stock:

  curl ${url}/stock/item/tea/ReceiveStock -H 'authorization: Bearer dev:staff' \\
    -H 'content-type: application/json' -d '{"quantity":10}'
  curl ${url}/stock/item/tea -H 'authorization: Bearer dev:staff'`

await runCluster(shop, new URL("./main.ts", import.meta.url), { hints })
