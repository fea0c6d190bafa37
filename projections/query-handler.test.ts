/** Tests of the types of a query handler. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Query } from "../contracts/internal.ts"
import { BoxList } from "./fixtures/boxes.ts"
import { memoryStore } from "./store/store-memory.ts"
import { QueryHandler } from "./query-handler.ts"

const Counted = Query.define("boxes.counted", {
  params: { least: Schema.FiniteFromString },
  result: Schema.Array(Schema.Int),
})

test("a handler without a memory twin is unavailable in memory", async () => {
  const handler = QueryHandler.define(Counted, { from: [BoxList], sql: (_, { sql }) => sql`` })
  await assert.rejects(memoryStore().answer(handler, {}, []), /no memory handler/)
})

// The compiler checks what follows; it never runs.
export const _types = () => {
  QueryHandler.define(Counted, {
    from: [BoxList],
    sql: ({ least }, { sql, view }) => sql`select ${least.toFixed()} from ${view(BoxList)}`,
    memory: ({ least }, { rows }) => rows(BoxList).map(({ count }) => count + least),
  })
  QueryHandler.define(Counted, {
    from: [BoxList],
    // @ts-expect-error: there is no such parameter
    sql: ({ most }, { sql }) => sql`select ${most}`,
  })
  QueryHandler.define(Counted, {
    from: [BoxList],
    sql: (_, { sql }) => sql`select 1`,
    // @ts-expect-error: the result is a list of numbers
    memory: (_, { rows }) => rows(BoxList).map(({ id }) => id),
  })
  QueryHandler.define(Counted, {
    from: [BoxList],
    sql: (_, { sql }) => sql`select 1`,
    // @ts-expect-error: the row has no such column
    memory: (_, { rows }) => rows(BoxList).map(({ weight }) => weight),
  })
}
