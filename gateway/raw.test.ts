/** Raw projections over HTTP: nothing by key, and queries that wait for what they read. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import type { Accepted } from "../wire/internal.ts"
import { Contract, type Problem, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { createNamespace } from "../testing/namespace.ts"
import { eventsOf, watching } from "./fixtures/events.ts"

const Sales = Contract.define("stall.sale", {
  commands: { Sell: { price: Schema.Int } },
  events: { Sold: { price: Schema.Int } },
})

const sale = Actor.define(Sales, {
  initial: 0,
  decide: { Sell: (_sum, { price }) => Sales.events.Sold({ price }) },
  evolve: { Sold: (sum, { price }) => sum + price },
})

const Takings = Projection.raw("stall.takings", {
  from: [Sales],
  tables: ["sum"],
  make: (table) => `create table ${table("sum")} (id integer primary key, price bigint not null)`,
  onBatch: async (events, { sql, table }) => {
    const price = events.reduce((sum, { event }) => sum + event.data.price, 0)
    await sql`
      insert into ${table("sum")} as known values (1, ${price})
      on conflict (id) do update set price = known.price + excluded.price`
  },
})

const Taken = Query.define("stall.taken", {
  params: {},
  result: Schema.Struct({ price: Schema.Int }),
})

const taken = QueryHandler.define(Taken, {
  from: [Takings],
  sql: async (_, { sql, view }) =>
    (await sql`select coalesce(sum(price), 0)::integer as price from ${view(Takings, "sum")}`)[0],
})

const stall = App.define("stall", { actors: [sale], projections: [Takings], queries: [taken] })

describe("a raw projection behind a gateway", () => {
  let app: RunningApp
  before(async () => {
    app = await App.start(stall, { ...await createNamespace(), port: 0 })
  })
  after(() => app.stop())

  const sell = async (price: number): Promise<Accepted> => {
    const answer = await app.client.ask(Sales, "s-1", Sales.commands.Sell({ price }))
    assert.ok(answer.kind === "accepted")
    return answer
  }

  test("a query that reads its tables shows what was done before, and sees it change", async () => {
    let sum = 0
    let position = ""
    for (let price = 1; price <= 10; price++) {
      sum += price
      position = (await sell(price)).position
      const response = await app.fetch("/stall/taken", { headers: { "Leftfold-After": position } })
      assert.deepEqual([response.status, await response.json()], [200, { price: sum }])
    }
    const response = await app.fetch("/stall/taken", watching({ "Leftfold-After": position }))
    const events = eventsOf(response)
    assert.deepEqual((await events.next())?.data, { price: sum })
    await sell(5)
    let shown = await events.next()
    while (shown?.event === "position") shown = await events.next()
    assert.deepEqual(shown?.data, { price: sum + 5 })
    await events.leave()
  })

  test("a position to come is waited for, and one that cannot come is refused", async () => {
    const { position } = await sell(0)
    await app.caughtUp({ position })
    const ask = async (after: string) => {
      const headers = { "Leftfold-After": after, Prefer: "wait=0" }
      const response = await app.fetch("/stall/taken", { headers })
      const { title, at } = await response.json() as Problem
      return [response.status, title, at]
    }
    const next = `stall:${Number(position.split(":")[1]) + 1}`
    assert.deepEqual(await ask(next), [504, "StaleView", position])
    assert.deepEqual(await ask("stall:999999"), [422, "Invalid", undefined])
  })

  test("it has no URL by key, and the description has its queries alone", async () => {
    const response = await app.fetch("/stall/takings/1")
    const { title } = await response.json() as Problem
    assert.deepEqual([response.status, title], [404, "NotFound"])
    const { paths } = await (await app.fetch("/openapi.json")).json() as { paths: object }
    assert.deepEqual(Object.keys(paths).filter((path) => /taken|takings/.test(path)), [
      "/stall/taken",
    ])
  })
})
