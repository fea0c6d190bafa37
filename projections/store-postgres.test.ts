/** The store in Postgres: the suite, and what other processes and the server can do to it. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Schema } from "effect"
import postgres from "postgres"
import { isFailure, Query } from "../contracts/mod.ts"
import { createNamespace } from "../scripts/testing/namespace.ts"
import { ownPostgres } from "../scripts/testing/own-servers.ts"
import { BoxList } from "./boxes.suite.ts"
import type { Scope } from "./feed.suite.ts"
import { postgresStore, Projection, QueryHandler } from "./mod.ts"
import { box, roundTrip, saveNext, storeSuite, viewOf } from "./store.suite.ts"
import { loadStatement, saveStatement, tableOf } from "./view-sql.ts"

const storeAt = (scope: Scope, url: string) => {
  const store = postgresStore(url)
  scope.after(() => store.close())
  return store
}

const opened = async (scope: Scope) => {
  const { databaseUrl: url } = await createNamespace()
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  scope.after(() => sql.end())
  return { url, sql, store: storeAt(scope, url) }
}

storeSuite(async (scope) => (await opened(scope)).store)

const unavailable = (error: unknown) => isFailure(error) && error._tag === "Unavailable"

const narrow = viewOf("boxes.view", { id: Schema.String })
const wide = viewOf("boxes.view", { id: Schema.String, more: Schema.Int })

const total = Query.define("boxes.total", {
  params: {},
  result: Schema.Struct({ total: Schema.Int, average: Schema.Finite }),
})

test("a view of another shape is made anew, from the beginning", async (t) => {
  const { store } = await opened(t)
  await roundTrip(store, narrow, { id: "a" })
  const { revision } = await store.checkpoint(narrow)
  await store.prepare(wide)
  const checkpoint = await store.checkpoint(wide)
  assert.deepEqual(checkpoint, { revision: revision + 1, positions: {}, created: {} })
  assert.equal((await store.load(wide, ["a"])).size, 0)
  const row = { id: "a", more: 1 }
  assert.deepEqual(await roundTrip(store, wide, row), [row])
})

test("a worker of an older shape can neither save nor go on once a newer was made", async (t) => {
  const { store, url } = await opened(t)
  await roundTrip(store, narrow, { id: "a" })
  const before = await store.checkpoint(narrow)
  const newer = storeAt(t, url)
  await newer.prepare(wide)
  const changes = { upserts: [{ id: "b" }], deletes: [] }
  const after = { positions: { boxes: 9 }, created: {} }
  const saved = await store.save(narrow, changes, before, after).catch(() => false)
  assert.equal(saved, false)
  await assert.rejects(store.checkpoint(narrow), /another shape/)
  assert.deepEqual((await newer.checkpoint(wide)).positions, {})
})

test("statements survive a table that another process made anew", async (t) => {
  const { store, url } = await opened(t)
  const other = storeAt(t, url)
  await roundTrip(store, wide, { id: "a", more: 1 })
  for (let round = 0; round < 3; round++) {
    await other.prepare(narrow)
    await other.prepare(wide)
    const rows = Array.from({ length: 8 }, (_, more) => ({ id: `r${more}`, more }))
    for (const row of rows) assert.deepEqual(await roundTrip(store, wide, row), [row])
  }
})

test("a table that is not ours is left alone, and said to be there", async (t) => {
  const { store, sql } = await opened(t)
  await sql`create schema boxes`
  await sql`create table boxes.view (id text)`
  await sql`insert into boxes.view values ('precious')`
  await assert.rejects(store.prepare(narrow), /already exists/)
  assert.equal((await sql`select id from boxes.view`)[0]?.id, "precious")
})

test("an index is made for each that is asked for", async (t) => {
  const { store, sql } = await opened(t)
  const row = { id: Schema.String, a: Schema.String, b: Schema.Int }
  const view = Projection.define("boxes.indexed", {
    from: [],
    row,
    key: "id",
    indexes: ["a", ["b", "a"]],
    on: {},
  })
  await store.prepare(view)
  const found = await sql`select indexdef from pg_indexes where tablename = 'indexed'`
  const columns = found.map(({ indexdef }) => /\((.*)\)/.exec(indexdef)?.[1]).sort()
  assert.deepEqual(columns, ["a", "b, a", "id"])
})

test("sums and averages are numbers to a query", async (t) => {
  const { store } = await opened(t)
  await roundTrip(store, BoxList, box("a", 1), box("b", 2))
  const handler = QueryHandler.define(total, {
    from: [BoxList],
    sql: async (_, { sql, view }) =>
      (await sql`select sum(count) as total, avg(count) as average from ${view(BoxList)}`)[0],
  })
  assert.deepEqual({ ...await store.answer(handler, {}) as object }, { total: 3, average: 1.5 })
})

test("a handler's own mistakes are not taken for an outage", async (t) => {
  const { store } = await opened(t)
  await store.prepare(BoxList)
  const failing = (sql: Parameters<typeof QueryHandler.define>[1]["sql"]) =>
    store.answer(QueryHandler.define(total, { from: [], sql }), {})
  await assert.rejects(failing(() => Promise.reject(new TypeError("mine"))), TypeError)
  await assert.rejects(failing((_, { sql }) => sql`select nonsense`), /nonsense/)
  await assert.rejects(failing((_, { sql }) => sql`select ${undefined}`), /UNDEFINED_VALUE/)
})

test("2,000 rows are found and written by their key", async (t) => {
  const { store, sql } = await opened(t)
  await store.prepare(BoxList)
  await sql`insert into boxes.box_list
    select 'b-' || n, n, 1, 1 from generate_series(1, 100000) as n`
  await sql`analyze boxes.box_list`
  const ids = Array.from({ length: 2_000 }, (_, index) => `b-${index * 50 + 1}`)
  const upserts = ids.slice(0, 1_500).map((id) => box(id, -1))
  assert.equal(await saveNext(store, BoxList, { upserts, deletes: ids.slice(1_500) }), true)
  const rows = await store.load(BoxList, ids)
  assert.equal(rows.size, 1_500)
  assert.ok([...rows.values()].every(({ count }) => count === -1))
  const { revision } = await store.checkpoint(BoxList)
  const keys = JSON.stringify(ids)
  const plans = [
    await sql.unsafe(`explain ${loadStatement(BoxList)}`, [keys]),
    await sql.unsafe(
      `explain ${saveStatement(BoxList)}`,
      [JSON.stringify(upserts), BoxList.name, String(revision), "{}", "{}", keys],
    ),
  ]
  for (const plan of plans) {
    const text = plan.map((line) => line["QUERY PLAN"]).join("\n")
    assert.doesNotMatch(text, /Seq Scan on box_list/)
    assert.match(text, /Index Scan using box_list_pkey/)
  }
  assert.equal(tableOf(BoxList), '"boxes"."box_list"')
})

test("a Postgres that is down is unavailable, and is used again once it is back", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const store = storeAt(t, server.url)
  await roundTrip(store, BoxList, box("a", 1))
  const sleeping = QueryHandler.define(total, {
    from: [],
    sql: (_, { sql }) => sql`select pg_sleep(60)`,
  })
  const cutOff = assert.rejects(store.answer(sleeping, {}), unavailable)
  await store.row(BoxList, "a")
  await server.stop()
  await cutOff
  await assert.rejects(store.load(BoxList, ["a"]), unavailable)
  await assert.rejects(saveNext(store, BoxList, {}), unavailable)
  await assert.rejects(store.prepare(BoxList), unavailable)
  await server.restart()
  const loaded = await store.load(BoxList, ["a"])
  assert.deepEqual(loaded.get("a"), box("a", 1))
  assert.equal(await saveNext(store, BoxList, { upserts: [box("b", 2)] }), true)
})

test("a Postgres without a connection to spare is unavailable", async (t) => {
  const settings = { max_connections: "4", superuser_reserved_connections: "0", fsync: "off" }
  const server = await ownPostgres(t, { settings })
  const taken = postgres(server.url, { max: 4 })
  await Promise.all([1, 2, 3, 4].map(() => taken`select pg_sleep(0.2)`))
  await assert.rejects(storeAt(t, server.url).prepare(BoxList), unavailable)
  await taken.end()
})

test("a store that was closed is unavailable", async (t) => {
  const { store } = await opened(t)
  await store.prepare(BoxList)
  await store.close()
  await assert.rejects(store.checkpoint(BoxList), unavailable)
})
