/** Tests of the shop while NATS or Postgres is down, and after it is back. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { App, type RunningApp } from "leftfold/app"
import { Unavailable } from "leftfold/contracts"
import { ownPostgres, ownUsers, test, until } from "leftfold/testing"
import { assertBooks } from "./journeys.suite.ts"
import { shop } from "./main.ts"
import { Orders } from "./orders/contract.ts"
import { Visitor } from "./fixtures/visitor.ts"

const order = (customer: string, key: string): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  body: JSON.stringify({ customer, lines: [{ sku: "tea", quantity: 1, price: 5 }] }),
})

interface Hurt {
  readonly stop: () => Promise<void>
  readonly kill: () => Promise<void>
  readonly restart: () => Promise<void>
}

let servers: { readonly nats: Hurt; readonly postgres: Hurt }
let app: RunningApp
const cleaning: (() => Promise<void>)[] = []
before(async () => {
  const scope = { after: (work: () => Promise<void>) => void cleaning.push(work) }
  const postgres = await ownPostgres(scope)
  const { nats, addresses } = await ownUsers(scope, shop, postgres.url)
  servers = { nats, postgres }
  app = await App.start(shop, { ...addresses, port: 0, developmentUser: true })
  cleaning.push(() => app.stop())
  await new Visitor(app).say("/stock/item/tea/ReceiveStock", { quantity: 100 })
})
after(async () => {
  for (const work of cleaning.reverse()) await work()
})

/** Repeats a request until the answer has this status. */
const untilIs = async (status: number, ask: () => Promise<Response>): Promise<Response> => {
  let response: Response | undefined
  const isSo = async () => (response = await ask()).status === status
  await until(isSo, { within: 30_000 })
    .catch((cause) => {
      throw new Error(`in 30 s it answered ${response?.status}, not ${status}`, { cause })
    })
  return response!
}

const place = (id: string) => app.fetch(`/orders/order/${id}/PlaceOrder`, order("ada", id))

/** All of these orders are completed, in the views as in the orders, and the books balance. */
const completed = async (ids: readonly string[], after: string) => {
  const visitor = new Visitor(app)
  for (const id of ids) {
    const headers = { "Leftfold-After": after }
    await untilIs(200, () => app.fetch(`/orders/order-list/${id}`, { headers }))
    await visitor.detail(id, ({ state }) => state === "completed")
    const { state } = await visitor.stateOf<{ state: string }>(`/orders/order/${id}`)
    assert.equal(state, "completed", id)
  }
  await assertBooks(visitor)
  await untilIs(200, () => app.fetch("/readyz"))
}

for (const how of ["stop", "kill"] as const) {
  test(`after a ${how} of NATS nothing acked is lost, and commands go on`, async () => {
    const { nats } = servers
    const ids = ["1", "2", "3"].map((number) => `nats-${how}-${number}`)
    const [one, two, three] = ids as [string, string, string]
    assert.equal((await place(one)).status, 200)
    await nats[how]()
    await untilIs(503, () => app.fetch("/readyz"))
    const cancel = Orders.commands.CancelOrder({ reason: "late" })
    await assert.rejects(app.client.ask(Orders, one, cancel, { timeoutMs: 100 }), Unavailable)
    // A request sent now is answered after the outage, or fails if that takes too long.
    const during = place(two)
    await nats.restart()
    assert.ok([200, 503].includes((await during).status))
    await untilIs(200, () => place(two))
    const repeated = await untilIs(200, () => place(one))
    assert.equal((await repeated.json() as { version: number }).version, 1)
    const last = await untilIs(200, () => place(three))
    await completed(ids, last.headers.get("Leftfold-Position") ?? "")
    await untilIs(200, () => app.fetch(`/payments/payment/${two}`))
  })

  test(`after a ${how} of Postgres commands go on, and views catch up by themselves`, async () => {
    const { postgres } = servers
    const ids = ["1", "2"].map((number) => `postgres-${how}-${number}`)
    const [one, two] = ids as [string, string]
    assert.equal((await place(one)).status, 200)
    await untilIs(200, () => app.fetch(`/orders/order-list/${one}`))
    await postgres[how]()
    const placed = await place(two)
    assert.equal(placed.status, 200)
    const during = await app.fetch(`/orders/order-list/${one}`)
    assert.equal(during.status, 503)
    await postgres.restart()
    await completed(ids, placed.headers.get("Leftfold-Position") ?? "")
  })
}
