/** What holds of queries: in memory and on real servers, in both formats, and of late views. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import {
  createClient,
  HEADER,
  MemoryLog,
  memoryWire,
  type PlainFormat,
  type QueryOptions,
  querySubject,
  requestOf,
  type Wire,
} from "../../wire/internal.ts"
import { type Failure, isFailure, Query } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes, BoxList, Put } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Feed } from "../log/feed.ts"
import { memoryStore } from "../store/store-memory.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { Projection } from "../projection.ts"
import { QueryHandler } from "../query-handler.ts"
import { startProjections } from "../worker/runner.ts"
import { WAITING_FOR_CHANGE } from "../limits.ts"
import { startQueries } from "./query-server.ts"
import type { Store } from "../store/store.ts"
import { box, saveNext } from "../fixtures/stored.ts"
import { entries, memoryWrittenLog, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

const Fullest = Query.define("boxes.fullest", {
  params: { least: Schema.FiniteFromString },
  result: Schema.Array(Schema.Struct(BoxList.row)),
})

const fullest = QueryHandler.define(Fullest, {
  from: [BoxList],
  sql: ({ least }, { sql, view }) =>
    sql`select * from ${view(BoxList)} where count >= ${least} order by id`,
  memory: ({ least }, { rows }) => rows(BoxList).filter(({ count }) => count >= least),
})

const Called = Query.define("boxes.called", {
  params: { name: Schema.String },
  result: Schema.Array(Schema.Struct(BoxList.row)),
})

const Wrong = Query.define("boxes.wrong", { params: {}, result: Schema.Int })
const Long = Query.define("boxes.long", { params: {}, result: Schema.String })
const queries = [
  fullest,
  QueryHandler.define(Called, {
    from: [BoxList],
    sql: ({ name }, { sql, view }) => sql`select * from ${view(BoxList)} where id = ${name}`,
    memory: ({ name }, { rows }) => rows(BoxList).filter(({ id }) => id === name),
  }),
  QueryHandler.define(Wrong, {
    from: [BoxList],
    sql: (_, { sql }) => sql`select 'no number'`,
    memory: () => "no number" as unknown as number,
  }),
  QueryHandler.define(Long, {
    from: [BoxList],
    sql: () => Promise.resolve("x".repeat(9_000_000)),
    memory: () => "x".repeat(9_000_000),
  }),
]

const projections = [BoxList]

const inMemory = () => {
  const store = memoryStore()
  const wire = memoryWire()
  return { store, wire, ...memoryWrittenLog(new MemoryLog()) }
}

const onServers = async (scope: Scope) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const wire = await wireOf(scope, natsUrl)
  const store = postgresStore(databaseUrl)
  scope.after(() => store.close())
  return { store, wire, ...await natsWrittenLog(wire, ["boxes"]) }
}

const serving = (scope: Scope, wire: Wire, store: Store, feed: Pick<Feed, "last">) => {
  const server = startQueries({ projections, queries, store, wire, feed })
  scope.after(() => Promise.resolve(server.close()))
  return server
}

const failureOf = async (asking: Promise<unknown>): Promise<Failure> => {
  const error = await asking.then(() => undefined, (reason) => reason)
  assert.ok(isFailure(error), String(error))
  return error
}

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  for (const format of ["json", "msgpack"] as const) {
    test(`what was written is read at once, on ${where} and in ${format}`, async (t) => {
      const { wire, store, feed, write } = await open(t)
      const running = startProjections({ projections, feed, store, wire })
      t.after(() => running.stop())
      serving(t, wire, store, feed)
      const client = createClient(wire, { format })
      for (let sequence = 1; sequence <= 20; sequence++) {
        await write(entries(Boxes, "a", Put({ count: 1 })))
        const after = `boxes:${sequence}`
        const { result, position } = await client.queryPlain(BoxList.name, { key: "a" }, { after })
        assert.equal((result as { count: number }).count, sequence)
        assert.equal(position, after)
      }
      const row = { id: "a", count: 20, puts: 20, last: 20 }
      const { result } = await client.query(Fullest, { least: 20 }, { after: "boxes:20" })
      assert.deepEqual(result, [row])
      assert.deepEqual((await client.query(Fullest, { least: 21 })).result, [])
    })
  }
}

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  test(`a text that no row can hold is found as rows hold it, on ${where}`, async (t) => {
    const { wire, store, feed, write } = await open(t)
    const running = startProjections({ projections, feed, store, wire })
    t.after(() => running.stop())
    serving(t, wire, store, feed)
    const client = createClient(wire)
    await write(entries(Boxes, "a", Put({ count: 1 })))
    const asked = async (name: string) =>
      (await client.query(Called, { name }, { after: "boxes:1" })).result.map(({ id }) => id)
    assert.deepEqual(await asked("a"), ["a"])
    for (const name of ["\u0000", "a\u0000", "\ud800", "a\udc00"]) {
      assert.deepEqual(await asked(name), [])
    }
  })
}

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  test(`an answer waits for a change, or for the deadline, on ${where}`, async (t) => {
    const { wire, store, feed, write } = await open(t)
    const running = startProjections({ projections, feed, store, wire })
    t.after(() => running.stop())
    serving(t, wire, store, feed)
    const client = createClient(wire)
    const asked = async (options: QueryOptions) => {
      const { result, position } = await client.queryPlain(BoxList.name, { key: "a" }, options)
      return { count: (result as { count: number }).count, position }
    }
    await write(entries(Boxes, "a", Put({ count: 1 })))
    let seen = await asked({ after: "boxes:1" })
    for (let count = 2; count <= 5; count++) {
      const next = asked({ newerThan: seen.position, timeoutMs: 10_000 })
      const begun = performance.now()
      await write(entries(Boxes, "a", Put({ count: 1 })))
      seen = await next
      assert.ok(performance.now() - begun < 5_000, "it waited for its deadline")
      if (seen.count < count) seen = await asked({ newerThan: seen.position, timeoutMs: 10_000 })
      assert.equal(seen.count, count)
    }
    await asked({ after: seen.position })
    const begun = performance.now()
    const same = await asked({ newerThan: "boxes:5", timeoutMs: 500 })
    assert.equal(same.count, 5)
    assert.ok(performance.now() - begun > 250, "it did not wait for a change")
  })
}

/** A view in memory with one row, its store counting how often it is asked how far that is. */
const opened = async (scope: Scope, format: PlainFormat = "json") => {
  const { store, wire, feed, write } = inMemory()
  await store.claim(BoxList)
  await saveNext(store, BoxList, { upserts: [box("a", 1)] })
  const looked = { times: 0 }
  const counted: Store = {
    ...store,
    serving: (projection) => {
      looked.times++
      return store.serving(projection)
    },
  }
  const server = serving(scope, wire, counted, feed)
  return { store, wire, feed, write, looked, server, client: createClient(wire, { format }) }
}

test("a key without a row is not found, and a query without a key is invalid", async (t) => {
  const { client } = await opened(t)
  const missing = await failureOf(client.queryPlain(BoxList.name, { key: "b" }))
  assert.ok(missing._tag === "NotFound" && missing.at === "boxes:1")
  for (const params of [{}, { key: "" }, { key: 5 }]) {
    const invalid = await failureOf(client.queryPlain(BoxList.name, params))
    assert.ok(invalid._tag === "Invalid" && invalid.issues?.[0]?.path === "key")
  }
})

test("a view that does not come is stale, and both positions are said", async (t) => {
  const { client } = await opened(t)
  const options = { after: "boxes:9", timeoutMs: 400 }
  const stale = await failureOf(client.queryPlain(BoxList.name, { key: "a" }, options))
  assert.ok(stale._tag === "StaleView", stale.message)
  assert.deepEqual([stale.asked, stale.at], ["boxes:9", "boxes:1"])
})

test("positions of contexts that the view does not read are not waited for", async (t) => {
  const { client } = await opened(t)
  const after = "elsewhere:9,boxes:1"
  assert.equal((await client.queryPlain(BoxList.name, { key: "a" }, { after })).position, "boxes:1")
})

test("what is no position is invalid", async (t) => {
  const { client } = await opened(t)
  for (const after of ["boxes", "boxes:", "boxes:-1", "boxes:x", ":1", "boxes:1:2", "boxes:1,"]) {
    const failure = await failureOf(client.queryPlain(BoxList.name, { key: "a" }, { after }))
    assert.equal(failure._tag, "Invalid", after)
  }
})

test("a deadline that is no number is invalid", async (t) => {
  const { wire } = await opened(t)
  const headers = { [HEADER.after]: "boxes:9", [HEADER.deadline]: "soon" }
  const payload = new TextEncoder().encode('{"key":"a"}')
  const reply = await requestOf(wire, querySubject(BoxList.name), payload, headers, 1_000)
  assert.equal(reply.type === "reply" && reply.headers[HEADER.error], "Invalid")
})

test("a parameter that is not as the query says is named", async (t) => {
  const { client } = await opened(t)
  for (const params of [{}, { least: "many" }, { least: [] }]) {
    const failure = await failureOf(client.queryPlain(Fullest.name, params))
    assert.ok(failure._tag === "Invalid" && failure.issues?.[0]?.path === "least", failure.message)
  }
})

test("a result that is not as the query says is a failure inside", async (t) => {
  const { client } = await opened(t)
  const failure = await failureOf(client.queryPlain(Wrong.name, {}))
  assert.ok(failure._tag === "Internal" && failure.reference.length > 10)
})

test("what fails on rows of another version is unavailable until its own serves", async (t) => {
  const { store, wire, feed } = await onServers(t)
  await store.claim(BoxList)
  const Next = Projection.define(BoxList.name, {
    from: [Boxes],
    row: { id: Schema.String, half: Schema.Finite },
    key: "id",
    on: { Put: (_, { count }, { id }) => ({ id, half: count / 2 }) },
  })
  const Halves = Query.define("boxes.halves", {
    params: {},
    result: Schema.Array(Schema.Struct(Next.row)),
  })
  const halves = QueryHandler.define(Halves, {
    from: [Next],
    sql: (_, { sql, view }) => sql`select id, half from ${view(Next)}`,
  })
  await saveNext(store, BoxList, { upserts: [box("a", 3)] })
  const server = startQueries({ projections: [Next], queries: [halves], store, wire, feed })
  t.after(() => Promise.resolve(server.close()))
  const client = createClient(wire)
  const failure = await failureOf(client.query(Halves, {}))
  assert.equal(failure._tag, "Unavailable")
  assert.equal(
    failure.message,
    `boxes.box-list generation 1 of version ${BoxList.version} serves; this program has ` +
      `version ${Next.version}: it answers once its own serves`,
  )
  await store.claim(Next)
  const building = (await store.statuses([Next.name])).find(({ state }) => state === "building")
  assert.equal(await store.serve(building!, {}), true)
  assert.deepEqual((await client.query(Halves, {})).result, [])
})

test("a result that no message can hold is too large", async (t) => {
  const { client } = await opened(t)
  assert.equal((await failureOf(client.queryPlain(Long.name, {})))._tag, "TooLarge")
})

test("a query of a view that is not given cannot be served", () => {
  const { store, wire, feed } = inMemory()
  const start = () => startQueries({ projections: [], queries: [fullest], store, wire, feed })
  assert.throws(
    start,
    new TypeError("boxes.fullest reads boxes.box-list, which is not among the projections"),
  )
})

test("a view that was not made yet is unavailable", async (t) => {
  const { store, wire, feed } = inMemory()
  serving(t, wire, store, feed)
  const failure = await failureOf(createClient(wire).queryPlain(BoxList.name, { key: "a" }))
  assert.equal(failure._tag, "Unavailable")
})

test("queries look the position up once, and then go by what is announced", async (t) => {
  const { client, looked, store, wire, feed, write } = await opened(t)
  await write([
    ...entries(Boxes, "a", Put({ count: 1 })),
    ...entries(Boxes, "z", Put({ count: 5 })),
  ])
  for (let time = 0; time < 10; time++) await client.queryPlain(BoxList.name, { key: "a" })
  assert.equal(looked.times, 1)
  const waiting = client.queryPlain(BoxList.name, { key: "z" }, { after: "boxes:2" })
  // The row of this view was not folded from the log, but is said to have been.
  const stream: Feed["stream"] = async (context) => ({
    ...await feed.stream(context),
    created: "today",
  })
  const running = startProjections({ projections, feed: { ...feed, stream }, store, wire })
  assert.equal((await waiting).position, "boxes:2")
  assert.ok(looked.times <= 2, String(looked.times))
  await running.stop()
})

test("no more callers wait for a change than there are places; a stop answers all", async (t) => {
  const { client, server } = await opened(t)
  const { position } = await client.queryPlain(BoxList.name, { key: "a" })
  const options = { newerThan: position, timeoutMs: 20_000 }
  const ask = () => client.queryPlain(BoxList.name, { key: "a" }, options)
  const waiting = Array.from({ length: WAITING_FOR_CHANGE }, ask)
  assert.equal((await failureOf(ask()))._tag, "Overloaded")
  server.close()
  for (const { position } of await Promise.all(waiting)) assert.equal(position, "boxes:1")
})

test("few queries at the same time may have an answer larger than a message", async (t) => {
  const { wire } = await opened(t)
  const payload = new TextEncoder().encode('{"key":"a"}')
  const titles = async (headers: Record<string, string>) => {
    const asks = Array.from(
      { length: 20 },
      () => requestOf(wire, querySubject(BoxList.name), payload, headers, 20_000),
    )
    const replies = await Promise.all(asks)
    return replies.map((reply) => reply.type === "reply" ? reply.headers[HEADER.error] : reply.type)
  }
  assert.deepEqual(new Set(await titles({})), new Set([undefined]))
  const large = await titles({ [HEADER.parts]: wire.inbox() })
  assert.deepEqual(new Set(large), new Set([undefined, "Overloaded"]))
  assert.equal(large.filter((title) => title === undefined).length, 9)
})

test("a server that is stopped lets nobody wait", async (t) => {
  const { client, server, looked } = await opened(t)
  await client.queryPlain(BoxList.name, { key: "a" })
  const waiting = client.queryPlain(BoxList.name, { key: "a" }, { after: "boxes:9" })
  await until(() => looked.times >= 2)
  server.close()
  assert.equal((await failureOf(waiting))._tag, "Unavailable")
})
