/** Tests of the shop on memory twins and on real servers. */
import assert from "node:assert/strict"
import { App } from "leftfold/app"
import { ownUsers, test } from "leftfold/testing"
import { assertBooks, journeysSuite } from "./journeys.suite.ts"
import { shop, shopWith } from "./main.ts"
import { UNCONFIRMED_PAYMENT } from "./payments/provider-fake.ts"
import { shopSuite } from "./shop.suite.ts"
import { Visitor } from "./fixtures/visitor.ts"

/** Strangers count as staff, as under `npm start`: over HTTP and over NATS alike. */
const asInDevelopment = { developmentUser: true }

/** On servers where each role is a user of its own; nothing that a role does is refused. */
const onServers = async (app = shop) => {
  const cleaning: (() => Promise<void>)[] = []
  const { addresses, refusals } = await ownUsers({ after: (work) => void cleaning.push(work) }, app)
  const running = await App.start(app, { ...addresses, port: 0, ...asInDevelopment })
  const stop = async () => {
    await running.stop()
    const refused = await refusals()
    for (const work of cleaning.reverse()) await work()
    assert.deepEqual(refused, [])
  }
  return { ...running, stop }
}

shopSuite("in memory", () => App.inMemory(shop, asInDevelopment))
shopSuite("on real servers", onServers)

journeysSuite("in memory", () => App.inMemory(shop))
journeysSuite("on real servers", onServers)

/** An order whose customer does not pay. */
const unpaid = async (visitor: Visitor) => {
  await visitor.say("/stock/item/tea/ReceiveStock", { quantity: 3 })
  await visitor.place("unpaid", { quantity: 2, price: UNCONFIRMED_PAYMENT / 2 })
  await visitor.detail("unpaid", ({ payment }) => payment === "asked")
}

test("a payment that has not come half an hour after it was asked ends the order", async (t) => {
  const app = await App.inMemory(shop)
  t.after(() => app.stop())
  const visitor = new Visitor(app)
  await unpaid(visitor)
  await app.advance("29 minutes")
  const { state } = await visitor.stateOf<{ state: string }>("/orders/order/unpaid")
  assert.equal(state, "placed")
  await app.advance("1 minute")
  const { reason } = await visitor.detail("unpaid", (detail) => detail.state === "cancelled")
  assert.equal(reason, "not paid in time")
  await assertBooks(visitor)
})

test("a payment that was made in time is not missed half an hour later", async (t) => {
  const app = await App.inMemory(shop)
  t.after(() => app.stop())
  const visitor = new Visitor(app)
  await unpaid(visitor)
  await app.advance("29 minutes")
  await visitor.say("/payments/payment/unpaid/ConfirmPayment", {})
  await app.advance("1 day")
  await visitor.detail("unpaid", (detail) => detail.state === "completed")
  await assertBooks(visitor)
})

/** One id of each legal length, using all legal characters. */
const IDS = Array.from({ length: 128 }, (_, index) => {
  const letters = "_-0aZ".repeat(26)
  return letters.slice(index % 5, index % 5 + index + 1)
})

test("orders and goods with ids of every length are completed, and ended in time", async (t) => {
  const app = await App.inMemory(shop)
  t.after(() => app.stop())
  const visitor = new Visitor(app)
  const settled = async (prefix: string, price: number, state: string) => {
    await Promise.all(IDS.map(async (id, index) => {
      const order = (prefix + id).slice(0, 128)
      const sku = IDS[127 - index]!
      await visitor.say(`/stock/item/${sku}/ReceiveStock`, { quantity: 1 })
      await visitor.place(order, { sku, price })
    }))
    await app.advance("31 minutes")
    for (const id of IDS) {
      await visitor.detail((prefix + id).slice(0, 128), (detail) => detail.state === state)
    }
  }
  await settled("p", 900, "completed")
  await settled("u", UNCONFIRMED_PAYMENT, "cancelled")
  await assertBooks(visitor)
})

test("on real servers too an order ends when its payment does not come in time", async (t) => {
  const app = await onServers(shopWith("2 seconds"))
  t.after(() => app.stop())
  const visitor = new Visitor(app)
  await unpaid(visitor)
  const longest = "o".repeat(128)
  await visitor.say(`/stock/item/${longest}/ReceiveStock`, { quantity: 2 })
  await visitor.place(longest, { sku: longest, price: UNCONFIRMED_PAYMENT })
  const another = `${"o".repeat(127)}p`
  await visitor.place(another, { sku: longest, price: 900 })
  for (const order of ["unpaid", longest]) {
    const { reason } = await visitor.detail(order, (detail) => detail.state === "cancelled")
    assert.equal(reason, "not paid in time")
  }
  await visitor.detail(another, (detail) => detail.state === "completed")
  await assertBooks(visitor)
})
