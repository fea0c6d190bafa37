/** Tests of queries in Postgres: whatever a handler's SQL is, it ends within its bounds. */
import assert from "node:assert/strict"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import postgres from "postgres"
import { type Failure, isFailure, Query } from "../../contracts/internal.ts"
import { loopback } from "../../app/development/port.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, saveNext } from "../fixtures/stored.ts"
import { QUERY_MS } from "../limits.ts"
import type { Scope } from "../log/feed.suite.ts"
import { QueryHandler } from "../query-handler.ts"
import type { SqlTools } from "../query-tools.ts"
import type { QueryAsked } from "../store/store.ts"
import { postgresStore } from "./store-postgres.ts"

const Anything = Query.define("boxes.anything", { params: {}, result: Schema.Unknown })

/** What Postgres may send of an answer that is too large: it, and what was on its way. */
const MOST_SENT = 4 * 1_048_576

type Ask = (tools: SqlTools) => PromiseLike<unknown>

/** Leads connections to a database through this process, and counts what the database sends. */
const counted = async (scope: Scope, databaseUrl: string) => {
  const url = new URL(databaseUrl)
  const at = { port: Number(url.port), host: url.hostname }
  const sent = { bytes: 0 }
  const server = createServer((client) => {
    const database = connect(at)
    database.on("data", ({ length }) => sent.bytes += length)
    database.on("error", () => client.destroy()).on("close", () => client.destroy())
    client.on("error", () => database.destroy()).on("close", () => database.destroy())
    client.pipe(database).pipe(client)
  })
  server.listen(0, loopback)
  await once(server, "listening")
  scope.after(() => Promise.resolve(void server.close()))
  const address = server.address()
  if (typeof address !== "object" || !address) throw new Error("no port was given")
  url.port = String(address.port)
  return { url: url.href, sent }
}

const opened = async (scope: Scope) => {
  const { databaseUrl } = await createNamespace()
  const { url, sent } = await counted(scope, databaseUrl)
  const store = postgresStore(url)
  const sql = postgres(databaseUrl, { max: 1 })
  scope.after(async () => {
    await store.close()
    await sql.end()
  })
  await store.claim(BoxList)
  const upserts = Array.from({ length: 9 }, (_, index) => box(`b-${index}`, index))
  await saveNext(store, BoxList, { upserts })
  const view = await store.serving(BoxList.name)
  const ask = async (ask: Ask, bounds: QueryAsked["bounds"] = {}) => {
    const handler = QueryHandler.define(Anything, {
      from: [BoxList],
      sql: (_, tools) => ask(tools),
    })
    return await store.answer(handler, {}, [view], { bounds }) as Record<string, unknown>[]
  }
  return { ask, sql, sent }
}

const failureOf = async (asking: Promise<unknown>): Promise<Failure> => {
  const error = await asking.then(() => undefined, (reason) => reason)
  assert.ok(isFailure(error), String(error))
  return error
}

test("SQL of every kind that gives rows is answered as it is", async (t) => {
  const { ask } = await opened(t)
  const asks: { readonly [text: string]: [Ask, unknown] } = {
    "a semicolon at the end": [({ sql }) => sql`select 1 as n; `, [{ n: 1 }]],
    "a comment at the end": [({ sql }) => sql`select 1 as n -- of them`, [{ n: 1 }]],
    "two columns of one name": [({ sql }) => sql`select 1 as n, 2 as n`, [{ n: 2 }]],
    "no columns": [({ sql, view }) => sql`select from ${view(BoxList)} limit 2`, [{}, {}]],
    "values": [({ sql }) => sql`values (1, 'a'), (2, null)`, [
      { column1: 1, column2: "a" },
      { column1: 2, column2: null },
    ]],
    "a part of its own": [
      ({ sql, view }) =>
        sql`with few as (select id from ${view(BoxList)} where count < ${2})
        select id from few order by id desc`,
      [{ id: "b-1" }, { id: "b-0" }],
    ],
    "pieces in pieces": [({ sql, view }) => {
      const least = sql`count >= ${3}`
      const both = [sql`${least} and`, sql`count < ${5}`]
      return sql`select id from ${view(BoxList)} where ${both} order by count`
    }, [{ id: "b-3" }, { id: "b-4" }]],
    "types": [
      ({ sql }) =>
        sql`select 1::bigint as whole, 1.5::numeric as part, '{a,NULL}'::text[] as list,
          '2026-01-02T03:04:05.006Z'::timestamptz as time, '{"a":[1]}'::jsonb as json,
          true as truth`,
      [{
        whole: 1,
        part: 1.5,
        list: ["a", null],
        time: new Date("2026-01-02T03:04:05.006Z"),
        json: { a: [1] },
        truth: true,
      }],
    ],
    "a function without a result": [({ sql }) => sql`select pg_sleep(0) as slept`, [{ slept: "" }]],
  }
  for (const [what, [asked, answer]] of Object.entries(asks)) {
    const rows = await ask(asked)
    assert.deepEqual(rows.map((row) => ({ ...row })), answer, what)
  }
})

test("what is larger than an answer ends in a failure, and is never sent", async (t) => {
  const { ask, sent } = await opened(t)
  const large: { readonly [what: string]: Ask } = {
    "ten million rows": ({ sql }) => sql`select n from generate_series(1, 10000000) as n`,
    "a text of 100 MB": ({ sql }) => sql`select repeat('x', 100000000) as x`,
    "its bytes in small rows": ({ sql }) =>
      sql`select repeat('x', 1000) as x from generate_series(1, 9000)`,
    "a list of it": async ({ sql }) =>
      (await sql`select n from generate_series(1, 20000) n`).length,
  }
  for (const [what, asked] of Object.entries(large)) {
    const before = sent.bytes
    const failure = await failureOf(ask(asked))
    assert.equal(failure._tag, "TooLarge", what)
    assert.match(failure.message, /boxes\.anything reads more than 10000 rows or 2097152 bytes/)
    const received = sent.bytes - before
    assert.ok(received < MOST_SENT, `${what}: ${received}`)
  }
})

test("what was ended half-way leaves nothing behind for the next one", async (t) => {
  const { ask } = await opened(t)
  for (let round = 0; round < 20; round++) {
    await failureOf(ask(({ sql }) => sql`select n from generate_series(1, 100) n`, { rows: 50 }))
    const rows = await ask(({ sql }) => sql`select ${round}::integer as round`)
    assert.deepEqual(rows.map((row) => ({ ...row })), [{ round }])
  }
})

test("a statement ends when its caller waits no longer, in Postgres too", async (t) => {
  const { ask, sql } = await opened(t)
  const sleeping = async () =>
    (await sql`select pid from pg_stat_activity
      where query like '%pg_sleep(59)%' and state = 'active' and pid <> pg_backend_pid()`).length
  const begun = performance.now()
  const asked = Array.from(
    { length: 30 },
    () => failureOf(ask(({ sql }) => sql`select pg_sleep(59)`, { until: Date.now() + 400 })),
  )
  await until(async () => await sleeping() > 0)
  const failures = await Promise.all(asked)
  assert.ok(failures.every(({ _tag }) => _tag === "Timeout"))
  assert.ok(performance.now() - begun < 5_000)
  await until(async () => await sleeping() === 0)
  // Cancelling the statements before has not cancelled any others.
  const rows = await Promise.all(Array.from({ length: 30 }, () => ask(({ sql }) => sql`select 1`)))
  assert.equal(rows.length, 30)
})

test("what is asked after its time is not run", async (t) => {
  const { ask } = await opened(t)
  const failure = await failureOf(ask(({ sql }) => sql`select 1`, { until: Date.now() - 1 }))
  assert.equal(failure._tag, "Timeout")
})

test("Postgres itself ends a statement that takes too long", async (t) => {
  const { ask } = await opened(t)
  const [row] = await ask(({ sql }) => sql`select current_setting('statement_timeout') as time`)
  assert.equal(row?.time, `${QUERY_MS / 1_000}s`)
})
