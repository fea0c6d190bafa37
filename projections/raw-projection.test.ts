/** Tests of how raw projections are defined. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { createClient, MemoryLog, memoryWire } from "../wire/internal.ts"
import { isFailure, Query } from "../contracts/internal.ts"
import { createNamespace } from "../testing/namespace.ts"
import { Boxes } from "./fixtures/boxes.ts"
import { boxes } from "./log/feed.suite.ts"
import { memoryStore } from "./store/store-memory.ts"
import { Projection, type ProjectionOptions } from "./projection.ts"
import { QueryHandler } from "./query-handler.ts"
import { startProjections } from "./worker/runner.ts"
import { startQueries } from "./queries/query-server.ts"
import { make, onBatch, opened, puts, Putting, putting, sumOf } from "./fixtures/raw.ts"
import { announced } from "./fixtures/working.ts"
import { memoryWrittenLog } from "./fixtures/written-log.ts"

const TotalQuery = Query.define("boxes.total", {
  params: {},
  result: Schema.Array(Schema.Struct({ count: Schema.Int })),
})

const total = QueryHandler.define(TotalQuery, {
  from: [Putting],
  sql: (_, { sql, view }) => sql`select count from ${view(Putting, "sum")}`,
})

test("its version is of its tables and its number", () => {
  assert.equal(putting().version, putting({ onBatch: async () => {} }).version)
  assert.notEqual(putting().version, putting({ version: 2 }).version)
  assert.notEqual(putting().version, putting({ make: (table) => `${make(table)};` }).version)
  assert.throws(() => putting({ version: 0 }), /whole number from 1/)
})

test("names of tables that cannot be are refused, and such as are not its own", () => {
  const wrong = (tables: readonly [string, ...string[]]) => () =>
    Projection.raw("boxes.wrong", { from: [Boxes], tables, make: () => "", onBatch })
  assert.throws(wrong(["Seen"]), /boxes\.wrong: name a table like_this, not "Seen"/)
  for (const name of ["seen__1", "_seen", "seen_", "1", "", 'a"b', "se en", "seen-1"]) {
    assert.throws(wrong([name]), /name a table like_this/)
  }
  assert.throws(wrong(["seen", "seen"]), /two tables "seen"/)
  assert.throws(wrong([] as unknown as [string]), /it has no table/)
  const unnamed = { make: (table: (name: never) => string) => table("other" as never) }
  assert.throws(() => putting(unnamed), /"other" is not among its tables/)
})

test("no projection can have a table of the same name as one of another", () => {
  // With two dashes it would be boxes.wrong__seen, as is the table "seen" of the raw boxes.wrong.
  const row = { id: Schema.String }
  const options: ProjectionOptions<typeof Boxes, typeof row> = {
    ...{ from: [Boxes], row, key: "id", on: {} },
  }
  const refusal = /the projection "boxes\.wrong--seen" has two dashes in a row: use one, because/
  assert.throws(() => Projection.define("boxes.wrong--seen", options), refusal)
  assert.throws(() => {
    Projection.raw("boxes.wrong--seen", { from: [Boxes], tables: ["a"], make: () => "", onBatch })
  }, refusal)
})

test("a query that reads it waits for a position, and by key there is nothing", async (t) => {
  const { wire, store, feed, start, write } = await opened(t, await createNamespace())
  const server = startQueries({ projections: [Putting], queries: [total], store, wire, feed })
  t.after(async () => server.close())
  const client = createClient(wire)
  const first = announced(wire, Putting, { boxes: 1 })
  start(Putting)
  await write(puts(0, 1))
  await first
  for (let count = 2; count <= 12; count++) {
    await write(puts(count - 1, 1))
    const { result } = await client.query(TotalQuery, {}, { after: `boxes:${count}` })
    assert.deepEqual(result, [{ count: sumOf(count) }])
  }
  const answer = await client.queryPlain(Putting.name, { key: "-" }, { after: "boxes:12" })
    .catch((error) => error)
  assert.ok(isFailure(answer) && answer._tag === "NotFound")
  assert.match(answer.message, /boxes\.putting is raw and has no keys/)
})

test("in memory it goes on with the log, and what reads it needs Postgres", async (t) => {
  const { wire, store } = { wire: memoryWire(), store: memoryStore() }
  const { feed, write } = memoryWrittenLog(new MemoryLog())
  const never = putting({ onBatch: () => Promise.reject(new Error("it was run")) })
  const running = startProjections({ projections: [never], feed, store, wire })
  const server = startQueries({ projections: [never], queries: [total], store, wire, feed })
  t.after(async () => {
    server.close()
    await running.stop()
  })
  const done = announced(wire, Putting, { boxes: 20 })
  await write(boxes(20))
  await done
  const answer = await createClient(wire).query(TotalQuery, {}, { after: "boxes:20" })
    .catch((error) => error)
  assert.ok(isFailure(answer) && answer._tag === "Unavailable")
  assert.match(answer.message, /needs Postgres/)
})
