/** The store in Postgres: the suite, and faults of other processes and of the server. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import postgres from "postgres"
import { isFailure, Query } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Generation } from "../store/generation.ts"
import { postgresStore } from "./store-postgres.ts"
import { Projection } from "../projection.ts"
import { QueryHandler } from "../query-handler.ts"
import type { SqlTools } from "../query-tools.ts"
import { storeSuite } from "../store/store.suite.ts"
import { box, roundTrip, rowOf, rowsOf, saveIn, saveNext, viewOf } from "../fixtures/stored.ts"
import { loadStatement, saveStatement, tableName } from "./view-sql.ts"

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

test("the first views of a context may all be made at the same time", async (t) => {
  const { store } = await opened(t)
  const made = async (context: string) => {
    const names = ["one", "two", "three", "four"].map((name) => `${context}.${name}`)
    const views = names.map((name) => viewOf(name, { id: Schema.String }))
    return (await Promise.all(views.map((view) => store.claim(view)))).length
  }
  // A single attempt can succeed by chance.
  for (let round = 0; round < 20; round++) assert.equal(await made(`boxes-${round}`), 4)
})

test("tables that are only just made are not taken for those of an older version", async (t) => {
  const { store, sql } = await opened(t)
  for (let round = 0; round < 20; round++) {
    let made = false
    const asking = Array.from({ length: 4 }, async () => {
      while (!made) await store.statuses([narrow.name])
    })
    const making = store.claim(narrow).finally(() => made = true)
    await Promise.all([making, ...asking])
    await sql.unsafe("drop schema leftfold, boxes cascade")
  }
})

test("tables of an older version are not taken for none", async (t) => {
  const { store, sql } = await opened(t)
  await assert.rejects(store.serving(narrow.name), /has not been made yet/)
  await assert.rejects(store.rollback(narrow.name), /has no previous generation/)
  await store.claim(narrow)
  await sql`drop table leftfold.raw_table`
  const older = /made by an older version/
  await assert.rejects(store.serving(narrow.name), older)
  await assert.rejects(store.statuses([narrow.name]), older)
  assert.deepEqual(await store.drop(narrow.name), [])
  assert.equal((await store.serving(narrow.name)).number, 1)
})

test("a table that is not ours is left alone, and said to be there", async (t) => {
  const { store, sql } = await opened(t)
  await sql`create schema boxes`
  await sql`create table boxes.view (id text)`
  await sql`insert into boxes.view values ('precious')`
  await assert.rejects(store.claim(narrow), /"view" is not a view/)
  assert.equal((await sql`select id from boxes.view`)[0]?.id, "precious")
})

test("a table that has the name of a generation's is left alone too", async (t) => {
  const { store, sql } = await opened(t)
  await sql`create schema boxes`
  await sql`create table boxes.view__1 (id text)`
  await assert.rejects(store.claim(narrow), /already exists/)
  assert.deepEqual(await store.statuses([narrow.name]), [])
})

test("saves wait for the disk, but for those of a generation that is only built", async (t) => {
  const { store, sql } = await opened(t)
  await store.claim(narrow)
  const serving = await store.serving(narrow.name)
  const building = await store.rebuild(narrow)
  const synced = ({ table, columns, keyColumn, projection, number }: Generation) =>
    sql.begin(async (transaction) => {
      const changes = ["[]", "[]", projection, number, "[]"]
      const [known] = await transaction`
        select revision from leftfold.lane where generation = ${number}`
      const lane = [0, known?.revision, "{}", "{}", "[]"]
      const statement = saveStatement({ table, columns, keyColumn })
      const [saved] = await transaction.unsafe(statement, [...changes, ...lane])
      assert.ok(Number(saved?.revision) > Number(known?.revision))
      return (await transaction`show synchronous_commit`)[0]?.synchronous_commit
    })
  assert.equal(await synced(serving), "on")
  assert.equal(await synced(building), "off")
  assert.equal((await sql`show synchronous_commit`)[0]?.synchronous_commit, "on")
})

const indexed = (indexes: readonly ("a" | "b" | ("a" | "b")[])[], name = "boxes.indexed") =>
  Projection.define(name, {
    from: [],
    row: { id: Schema.String, a: Schema.String, b: Schema.Int },
    key: "id",
    indexes,
    on: {},
  })

test("indexes are made and dropped in place, but for those that people have made", async (t) => {
  const { store, sql } = await opened(t)
  const columnsOf = async () => {
    const found = await sql`select indexdef from pg_indexes where tablename = 'indexed__1'`
    return found.map(({ indexdef }) => /\((.*)\)/.exec(indexdef)?.[1]).sort()
  }
  await store.claim(indexed(["a", ["b", "a"]]))
  assert.deepEqual(await columnsOf(), ["a", "b, a", "id"])
  await sql`create index mine on boxes.indexed__1 (a, b)`
  await store.claim(indexed(["b", ["b", "a"]]))
  assert.deepEqual(await columnsOf(), ["a, b", "b", "b, a", "id"])
  assert.equal((await store.statuses(["boxes.indexed"])).length, 1)
})

test("indexes of a view with a long name are dropped as well", async (t) => {
  const { store, sql } = await opened(t)
  const name = `boxes.${"a".repeat(60)}`
  const columnsOf = async () => {
    const found = await sql`select indexdef from pg_indexes where tablename like 'aaa%'`
    return found.map(({ indexdef }) => /\((.*)\)/.exec(indexdef)?.[1]).sort()
  }
  await store.claim(indexed(["a", ["b", "a"]], name))
  assert.deepEqual(await columnsOf(), ["a", "b, a", "id"])
  await store.claim(indexed(["b"], name))
  assert.deepEqual(await columnsOf(), ["b", "id"])
})

test("indexes are not waited for while somebody reads the view for long", async (t) => {
  const { store, sql } = await opened(t)
  await store.claim(indexed(["a"]))
  await sql`begin`
  await sql`select * from boxes.indexed`
  const changed = indexed([])
  await assert.rejects(store.claim(changed), (error) => {
    assert.match(String(error), /boxes.indexed has a long reader or is held/)
    return unavailable(error)
  })
  assert.equal(await rowOf(store, changed, "a"), undefined)
  await sql`commit`
  await store.claim(changed)
  const found = await sql`select from pg_indexes where tablename = 'indexed__1'`
  assert.equal(found.length, 1)
})

test("who holds lanes and does nothing loses them, and is told so", async (t) => {
  const { store } = await opened(t)
  await store.claim(narrow)
  const before = await store.serving(narrow.name)
  let release = () => {}
  const nothing = { upserts: [], deletes: [], parked: [], unparked: [], discarded: [] }
  let held = Promise.resolve<unknown>(undefined)
  await new Promise<void>((holds) => {
    held = store.hold(before, undefined, async () => {
      holds()
      await new Promise<void>((resolve) => release = resolve)
      return nothing
    })
    held.catch(() => {})
  })
  assert.equal(await saveIn(store, before, { upserts: [{ id: "a" }] }), true)
  release()
  await assert.rejects(held, (error) => {
    assert.match(String(error), /boxes.view generation 1 were held for longer than 5000 ms/)
    return unavailable(error)
  })
})

test("people read the serving generation by the projection's name, whatever it is", async (t) => {
  const { store, sql } = await opened(t)
  await roundTrip(store, narrow, { id: "a" })
  const reader = `reader_${crypto.randomUUID().slice(0, 8)}`
  await sql.unsafe(`create role ${reader}; grant usage on schema boxes to ${reader};
    grant select on boxes.view to ${reader}`)
  const asReader = async () => {
    await sql.unsafe(`set role ${reader}`)
    const rows = await sql`select * from boxes.view order by id`
    await sql`reset role`
    return rows.map((row) => ({ ...row }))
  }
  assert.deepEqual(await asReader(), [{ id: "a" }])
  await store.claim(wide)
  const second = (await store.statuses([wide.name])).at(-1)!
  await saveIn(store, second, { upserts: [{ id: "b", more: 2 }] })
  await store.serve(second, { boxes: 1 })
  assert.deepEqual(await asReader(), [{ id: "b", more: "2" }])
  await store.rollback(narrow.name)
  assert.deepEqual(await asReader(), [{ id: "a" }])
  await sql.unsafe(`drop owned by ${reader}; drop role ${reader}`)
})

test("who reads by the projection's name for long is not waited for", async (t) => {
  const { store, sql } = await opened(t)
  await roundTrip(store, narrow, { id: "a" })
  const second = await store.rebuild(narrow)
  await sql`begin`
  await sql`select * from boxes.view`
  assert.equal(await store.serve(second, {}), false)
  assert.equal((await store.serving(narrow.name)).number, 1)
  await sql`commit`
  assert.equal(await store.serve(second, {}), true)
})

test("projections whose long names begin alike have tables of their own", async (t) => {
  const { store } = await opened(t)
  const long = "a".repeat(63)
  for (const name of [`${long}b`, `${long}c`, long]) {
    const view = viewOf(`boxes.${name}`, { id: Schema.String })
    assert.deepEqual(await roundTrip(store, view, { id: name }), [{ id: name }])
  }
})

test("sums and averages are numbers to a query", async (t) => {
  const { store } = await opened(t)
  await roundTrip(store, BoxList, box("a", 1), box("b", 2))
  const handler = QueryHandler.define(total, {
    from: [BoxList],
    sql: async (_, { sql, view }) =>
      (await sql`select sum(count) as total, avg(count) as average from ${view(BoxList)}`)[0],
  })
  assert.deepEqual({
    ...await store.answer(handler, {}, [
      await store.serving(BoxList.name),
    ]) as object,
  }, { total: 3, average: 1.5 })
})

test("a handler's own mistakes are not taken for an outage", async (t) => {
  const { store } = await opened(t)
  await store.claim(BoxList)
  const failing = (sql: (params: object, tools: SqlTools) => PromiseLike<unknown>) =>
    store.answer(QueryHandler.define(total, { from: [], sql }), {}, [])
  await assert.rejects(failing(() => Promise.reject(new TypeError("mine"))), TypeError)
  await assert.rejects(failing((_, { sql }) => sql`select nonsense`), /nonsense/)
  await assert.rejects(failing((_, { sql }) => sql`select ${undefined}`), /UNDEFINED_VALUE/)
})

test("2,000 rows are found and written by their key", async (t) => {
  const { store, sql } = await opened(t)
  await store.claim(BoxList)
  await sql`insert into boxes.box_list__1
    select 'b-' || n, n, 1, 1 from generate_series(1, 100000) as n`
  await sql`analyze boxes.box_list__1`
  const ids = Array.from({ length: 2_000 }, (_, index) => `b-${index * 50 + 1}`)
  const upserts = ids.slice(0, 1_500).map((id) => box(id, -1))
  assert.equal(await saveNext(store, BoxList, { upserts, deletes: ids.slice(1_500) }), true)
  const rows = await rowsOf(store, BoxList, ids)
  assert.equal(rows.size, 1_500)
  assert.ok([...rows.values()].every(({ count }) => count === -1))
  const generation = await store.serving(BoxList.name)
  const { revision } = generation.lanes[0]!
  const [keys, rowsAsJson] = [JSON.stringify(ids), JSON.stringify(upserts)]
  const plans = [
    await sql.unsafe(`explain ${loadStatement(generation)}`, [keys, BoxList.name, 1]),
    await sql.unsafe(
      `explain ${saveStatement(generation)}`,
      [rowsAsJson, keys, BoxList.name, 1, "[]", 0, String(revision), "{}", "{}", "[]"],
    ),
  ]
  for (const plan of plans) {
    const text = plan.map((line) => line["QUERY PLAN"]).join("\n")
    assert.doesNotMatch(text, /Seq Scan on box_list__1/)
    assert.match(text, /Index Scan using box_list__1_pkey/)
  }
  assert.equal(tableName(BoxList, 1), '"boxes"."box_list__1"')
})
