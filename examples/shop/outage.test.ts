/** What the shop does while NATS or Postgres is gone, and after it has come back. */
import assert from "node:assert/strict"
import { test, type TestContext } from "node:test"
import { setImmediate } from "node:timers/promises"
import { App, type RunningApp } from "leftfold/app"
import { ownPostgres } from "../../scripts/testing/own-servers.ts"
import { ownUsers } from "../../scripts/testing/own-users.ts"
import { assertBooks } from "./journeys.suite.ts"
import { shop } from "./main.ts"
import { Visitor } from "./visitor.suite.ts"

const order = (customer: string, key: string): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  body: JSON.stringify({ customer, lines: [{ sku: "tea", quantity: 1, price: 5 }] }),
})

const start = async (t: TestContext) => {
  const postgres = await ownPostgres(t)
  const { nats, addresses } = await ownUsers(t, shop, postgres.url)
  const app = await App.start(shop, { ...addresses, port: 0 })
  t.after(() => app.stop())
  await new Visitor(app).say("/stock/item/tea/ReceiveStock", { quantity: 100 })
  return { nats, postgres, app }
}

/** Asks until the answer has this status, with a turn of the event loop between attempts. */
const until = async (status: number, ask: () => Promise<Response>): Promise<Response> => {
  const end = Date.now() + 30_000
  for (;;) {
    const response = await ask()
    if (response.status === status) return response
    assert.ok(Date.now() < end, `in 30 s it answered ${response.status}, not ${status}`)
    await setImmediate()
  }
}

const place = (app: RunningApp, id: string) =>
  app.fetch(`/orders/order/${id}/PlaceOrder`, order("ada", `place-${id}`))

/** All of these orders are completed, in the views as in the orders, and the books balance. */
const completed = async (app: RunningApp, ids: readonly string[], after: string) => {
  for (const id of ids) {
    const headers = { "Leftfold-After": after }
    await until(200, () => app.fetch(`/orders/order-list/${id}`, { headers }))
    await new Visitor(app).detail(id, ({ state }) => state === "completed")
    const { state } = await new Visitor(app).stateOf<{ state: string }>(`/orders/order/${id}`)
    assert.equal(state, "completed", id)
  }
  await assertBooks(new Visitor(app))
}

for (const how of ["stop", "kill"] as const) {
  test(`after a ${how} of NATS nothing acked is lost, and commands go on`, async (t) => {
    const { nats, app } = await start(t)
    assert.equal((await place(app, "o-1")).status, 200)
    await nats[how]()
    await until(503, () => place(app, "o-2"))
    await nats.restart()
    await until(200, () => place(app, "o-2"))
    const repeated = await until(200, () => place(app, "o-1"))
    assert.equal((await repeated.json() as { version: number }).version, 1)
    const last = await until(200, () => place(app, "o-3"))
    await completed(app, ["o-1", "o-2", "o-3"], last.headers.get("Leftfold-Position") ?? "")
    await until(200, () => app.fetch("/readyz"))
    await until(200, () => app.fetch("/payments/payment/o-2"))
  })

  test(`after a ${how} of Postgres commands go on, and views catch up by themselves`, async (t) => {
    const { postgres, app } = await start(t)
    assert.equal((await place(app, "o-1")).status, 200)
    await until(200, () => app.fetch("/orders/order-list/o-1"))
    await postgres[how]()
    const placed = await place(app, "o-2")
    assert.equal(placed.status, 200)
    const during = await app.fetch("/orders/order-list/o-1")
    assert.equal(during.status, 503)
    await postgres.restart()
    await completed(app, ["o-1", "o-2"], placed.headers.get("Leftfold-Position") ?? "")
    await until(200, () => app.fetch("/readyz"))
  })
}
