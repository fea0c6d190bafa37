/** The shop on memory twins and on the real servers. */
import { App } from "leftfold/app"
import { createNamespace } from "../../scripts/testing/namespace.ts"
import { shop } from "./main.ts"
import { shopSuite } from "./shop.suite.ts"

shopSuite("in memory", () => App.inMemory(shop))

shopSuite("on real servers", async () => {
  const { natsUrl, databaseUrl } = await createNamespace()
  return await App.start(shop, { natsUrl, databaseUrl, port: 0 })
})
