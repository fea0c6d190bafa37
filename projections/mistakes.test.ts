/** Tests that the usual mistakes of projections and queries are refused by name. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { Schema } from "effect"
import { Query } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import type { EventMeta } from "../wire/internal.ts"
import { Boxes, BoxList, Put } from "./fixtures/boxes.ts"
import { Projection } from "./projection.ts"
import { encodedResult } from "./queries/encoded-result.ts"
import { QueryHandler } from "./query-handler.ts"
import { foldEvent, type KnownRow, NOTHING } from "./worker/fold.ts"

/** A value as it is in JavaScript, where nobody checks its type. */
const loose = <T = never>(value: unknown) => value as T

const row = { id: Schema.String, address: Schema.optionalKey(Schema.String) }
const options = { from: [Boxes], row, key: "id", on: {} }

const projectionWith = (changed: object) =>
  Projection.define("boxes.list", loose({ ...options, ...changed }))
const rawWith = (changed: object) =>
  Projection.raw(
    "boxes.raw",
    loose({ from: [Boxes], tables: ["t"], make: () => "", onBatch: async () => {}, ...changed }),
  )

const Counts = Query.define("boxes.counts", {
  params: { least: Schema.FiniteFromString },
  result: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      count: Schema.Int,
      note: Schema.optionalKey(Schema.String),
    }),
  ),
})

const handlerWith = (changed: object) =>
  QueryHandler.define(Counts, loose({ from: [BoxList], sql: async () => [], ...changed }))
const rowsWith = (changed: object) =>
  QueryHandler.rows(loose(Counts), BoxList, loose({ orderBy: ["id"], limit: 9, ...changed }))

describe("a definition is refused where it is made:", () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "no contract",
      () => projectionWith({ from: [undefined] }),
      /^boxes\.list: from: number 1 is no contract: it is undefined/,
    ],
    [
      "one contract without a list",
      () => projectionWith({ from: Boxes }),
      /boxes\.list: from must be a list/,
    ],
    [
      "a column without a schema",
      () => projectionWith({ row: { ...row, at: undefined } }),
      /boxes\.list: its row: the field "at" has no schema: it is undefined/,
    ],
    ["no row", () => projectionWith({ row: undefined }), /its row must list its fields/],
    [
      "a handler of no event",
      () => projectionWith({ on: { Putt: () => undefined } }),
      /a handler for Putt, which is no event of boxes\.box; did you mean "Put"\?/,
    ],
    [
      "a handler that is undefined",
      () => projectionWith({ on: { Put: undefined } }),
      /the handler for Put is no function: it is undefined/,
    ],
    [
      "an asynchronous handler",
      () => projectionWith({ on: { Put: async () => undefined } }),
      /the handler for Put is asynchronous/,
    ],
    [
      "a misspelt option",
      () => projectionWith({ index: ["id"] }),
      /no option "index"; did you mean "indexes"\?/,
    ],
    ["a misspelt key", () => projectionWith({ key: "ID" }), /no column "ID"/],
    [
      "a key that is no function",
      () => projectionWith({ key: { column: "id", of: "id" } }),
      /the key's "of" is no function: it is a string/,
    ],
    [
      "a raw projection without its batch",
      () => rawWith({ onBatch: undefined }),
      /boxes\.raw: onBatch is no function: it is undefined/,
    ],
    [
      "a raw projection with a misspelt option",
      () => rawWith({ onBatsh: 1 }),
      /no option "onBatsh"; did you mean "onBatch"\?/,
    ],
    [
      "a parameter without a schema",
      () => Query.define("boxes.q", loose({ params: { least: undefined }, result: Schema.String })),
      /boxes\.q: its params: the field "least" has no schema/,
    ],
    [
      "a result without a schema",
      () => Query.define("boxes.q", loose({ params: {}, result: undefined })),
      /boxes\.q: its result has no schema: it is undefined/,
    ],
    [
      "a misspelt part of a query",
      () => Query.define("boxes.q", loose({ param: {}, result: Schema.String })),
      /no option "param"; did you mean "params"\?/,
    ],
    [
      "a handler of no query",
      () => QueryHandler.define(loose(undefined), loose({})),
      /needs its query first/,
    ],
    [
      "a handler whose memory twin ignores the user",
      () =>
        handlerWith({
          sql: async (_: object, __: object, user: unknown) => [user],
          memory: () => [],
        }),
      /^boxes\.counts: sql takes the user as its third parameter, and memory does not/,
    ],
    [
      "a handler whose memory twin alone knows the user",
      () => handlerWith({ memory: (_: object, __: object, user: unknown) => [user] }),
      /^boxes\.counts: memory takes the user as its third parameter, and sql does not/,
    ],
    [
      "a handler of no view",
      () => handlerWith({ from: [undefined] }),
      /boxes\.counts: from: number 1 is no projection/,
    ],
    [
      "a handler without SQL",
      () => handlerWith({ sql: undefined }),
      /boxes\.counts: sql is no function: it is undefined/,
    ],
    ["rows in an order of no column", () => rowsWith({ orderBy: ["cout"] }), /no column "cout"/],
    [
      "rows without an order",
      () => rowsWith({ orderBy: undefined }),
      /boxes\.counts: orderBy must list columns/,
    ],
    [
      "rows in an order of one text",
      () => rowsWith({ orderBy: "id" }),
      /boxes\.counts: orderBy must list columns/,
    ],
    ["rows by no function", () => rowsWith({ where: {} }), /boxes\.counts: where is no function/],
    ["rows without a limit", () => rowsWith({ limit: undefined }), /limit .* not undefined/],
    [
      "rows with a misspelt option",
      () => rowsWith({ orderby: ["id"] }),
      /no option "orderby"; did you mean "orderBy"\?/,
    ],
    [
      "rows of nothing",
      () => QueryHandler.rows(loose(Counts), loose(undefined), loose({})),
      /boxes\.counts has no projection to select rows of/,
    ],
  ]
  for (const [name, define, message] of refused) {
    test(name, () => assert.throws(define, { name: "TypeError", message }))
  }

  test("a column of no row, when rows are selected", () => {
    const { memory } = rowsWith({ where: () => ({ coun: 1 }) })
    const tools = { rows: () => [] }
    assert.throws(
      () => memory?.({}, loose(tools), undefined, {}, 1_000),
      /no column "coun"; did you mean "count"/,
    )
  })
})

const meta = { id: "a", actor: "boxes.box", version: 1, sequence: 1 } as EventMeta
const put = { event: Put({ count: 2 }), meta }

/** What is known of the row "a" after a handler has returned this. */
const after = (columns: object, returned: unknown, known: KnownRow = NOTHING) =>
  foldEvent(
    Projection.define("boxes.list", {
      from: [Boxes],
      row: loose<typeof row>({ id: Schema.String, ...columns }),
      key: "id",
      on: { Put: () => loose(returned) },
    }),
    "a",
    known,
    put,
  )

describe("a row", () => {
  test("with a field that no column has is a bug, by the name of the handler", () => {
    const columns = {
      address: Schema.optionalKey(Schema.String),
      at: Schema.Struct({ x: Schema.Int }),
    }
    const at = { x: 1 }
    const message = /^boxes\.list on Put: .*"adress" \(did you mean "address"\?\)/
    assert.throws(() => after(columns, { id: "a", adress: "b", at }), {
      name: "HandlerBug",
      message,
    })
    assert.throws(() => after(columns, { id: "a", at: { x: 1, xx: 2 } }), /"xx".* at at\.xx/)
  })

  test("of an asynchronous handler is a bug", () => {
    const message = /^HandlerBug: boxes\.list on Put is asynchronous/
    assert.throws(() => after({}, Promise.resolve({ id: "a" })), message)
  })

  const shared = ["x"]
  const values: readonly (readonly [string, unknown, unknown])[] = [
    ["-0", Schema.Number, -0],
    ["NaN", Schema.Number, NaN],
    ["half a surrogate pair", Schema.String, "a\ud800"],
    ["U+0000", Schema.String, "a\u0000b"],
    ["U+0000 in JSON", Schema.Unknown, { a: ["\u0000"] }],
    ["a shared list", Schema.Array(Schema.String), shared],
    ["a date", Schema.Date, new Date(5)],
    ["a bigint", Schema.BigInt, 12345678901234567890n],
    ["undefined", Schema.UndefinedOr(Schema.String), undefined],
  ]
  for (const [name, schema, value] of values) {
    test(`with ${name} is for the next handler what the store gives back`, () => {
      const columns = { value: schema }
      const known = after(columns, { id: "a", value })
      const seen: unknown[] = []
      const looking = Projection.define("boxes.list", {
        from: [Boxes],
        row: loose<typeof row>({ id: Schema.String, ...columns }),
        key: "id",
        on: { Put: (row) => (seen.push(row), row) },
      })
      shared.push("changed after")
      for (const each of [known, { ...NOTHING, plain: JSON.parse(JSON.stringify(known.plain)) }]) {
        foldEvent(looking, "a", each, put)
      }
      shared.pop()
      assert.deepEqual(seen[0], seen[1])
    })
  }

  test("has a key that does not change its event", () => {
    const of = (event: { data: object }) => (Object.assign(event.data, { count: 9 }), "a")
    const { keyOf } = projectionWith({ key: { column: "id", of } })
    assert.throws(
      () => keyOf(Put({ count: 2 }), meta),
      /the key of boxes\.list on Put changes a value/,
    )
  })

  test("in memory cannot be changed by a query", () => {
    const handler = QueryHandler.define(Counts, {
      from: [BoxList],
      sql: async () => [],
      memory: (_, { rows }) => {
        const found = rows(BoxList)
        loose<{ count: number }>(found[0]).count = 9
        return found
      },
    })
    const rows = () => [Object.freeze({ id: "a", count: 1 })]
    const answer = () => handler.memory?.({}, loose({ rows }), undefined, {}, 1_000)
    assert.throws(answer, /^HandlerBug: boxes\.counts memory changes a value/)
  })
})

test("a result with a field that its schema does not know is a bug of the query", () => {
  const { result } = Counts
  const answered = [{ id: "a", count: 1 }, { id: "b", count: 2, noet: "x" }]
  assert.throws(() => encodedResult(Counts.name, loose(result), answered), {
    name: "TypeError",
    message: /^the handler of boxes\.counts returns .*\(did you mean "note"\?\) at 1\.noet$/,
  })
})
