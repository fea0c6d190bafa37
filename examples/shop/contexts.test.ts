/** Tests of the shop with one process per bounded context. */
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { after, before } from "node:test"
import { App, type StartedApp, type StartOptions } from "leftfold/app"
import { test, testServers } from "leftfold/testing"
import { assertBooks } from "./journeys.suite.ts"
import { shop } from "./main.ts"
import { eventually, Visitor } from "./fixtures/visitor.ts"

const running: StartedApp[] = []

/** What the processes trust each other by. */
const principalKeys = [randomBytes(32).toString("hex")]

const start = async (options: StartOptions): Promise<StartedApp> => {
  const app = await App.start(shop, { principalKeys, ...options })
  running.unshift(app)
  return app
}

let visitor: Visitor
before(async () => {
  const addresses = await testServers({ after })
  await start({ ...addresses, roles: ["provision"] })
  await Promise.all(shop.contexts.map((context) =>
    start({
      ...addresses,
      roles: ["actors", "projections", "policies"],
      contexts: [context],
    })
  ))
  visitor = new Visitor(await start({ ...addresses, roles: ["gateway"], port: 0 }))
})
after(() => Promise.all(running.map((app) => app.stop())))

test("an order crosses six contexts that have nothing in common but messages", async () => {
  assert.equal(shop.contexts.length, 6)
  await visitor.say("/customers/customer/ada/RegisterCustomer", {
    name: "Ada",
    address: "1 Main St",
  })
  await visitor.say("/products/product/tea/AddProduct", { name: "Tea", price: 450 })
  await visitor.say("/stock/item/tea/ReceiveStock", { quantity: 5 })
  await visitor.place("bought", { quantity: 2, price: 450 })
  await visitor.place("returned", { quantity: 1, price: 450 }, "nowhere 7")
  const bought = await visitor.detail("bought", ({ state }) => state === "completed")
  assert.deepEqual([bought.payment, bought.delivery], ["taken", "delivered"])
  await visitor.detail("returned", ({ payment }) => payment === "refunded")
  const forSale = () => visitor.json<{ available: number }[]>("/products/products-for-sale")
  await eventually(forSale, ({ body }) => body[0]?.available === 3)
  await assertBooks(visitor)
})

test("a context that the shop does not have is refused by name", async (t) => {
  const options = { ...await testServers(t), roles: ["actors"] as const, contexts: ["toys"] }
  await assert.rejects(App.start(shop, options), /no context "toys"; there are: orders, customers/)
})
