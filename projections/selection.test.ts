/** Tests of selections: what Postgres is asked, and what is found in memory. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Schema } from "effect"
import { Query } from "../contracts/internal.ts"
import { type AnyProjection, Projection } from "./projection.ts"
import { QueryHandler } from "./query-handler.ts"
import type { SqlRows } from "./query-tools.ts"
import { selectionOf } from "./selection.ts"

const row = { id: Schema.String, size: Schema.Int, isFull: Schema.Boolean }
const Boxes = Projection.define("boxes.list", { from: [], row, key: "id", on: {} })

const all = [
  { id: "a", size: 2, isFull: true },
  { id: "b", size: 3, isFull: true },
  { id: "c", size: 3, isFull: false },
  { id: "d", size: 1, isFull: true },
]
const rows = (() => all) as never

/** What a selection says to Postgres, with a number for each value. */
const textOf = <Params>(
  selection: ReturnType<typeof selectionOf<typeof row, Params>>,
  to: Params,
) => {
  let text = ""
  let values: readonly unknown[] = []
  const sql = ({ raw }: TemplateStringsArray, ...given: readonly unknown[]) => {
    text = raw.reduce((before, part, index) => `${before}$${index}${part}`)
    values = given
    return [] as unknown as SqlRows
  }
  selection.sql(to, { sql, view: ({ name }: AnyProjection) => name })
  return { text, values }
}

test("a selection says what matches, in which order, and how many at most", () => {
  const selection = selectionOf(Boxes, {
    where: ({ size }: { readonly size: number }) => ({ size, isFull: true }),
    orderBy: ["size desc", "id"],
    limit: 2,
  })
  assert.deepEqual(textOf(selection, { size: 3 }), {
    text: 'select * from $1 where "size" = $2 and "isFull" = $3 order by "size" desc, "id" limit 2',
    values: ["boxes.list", 3, true],
  })
  assert.deepEqual(selection.memory({ size: 3 }, { rows }).map(({ id }) => id), ["b"])
})

test("without conditions all rows match, in order, as many as are wanted", () => {
  const selection = selectionOf(Boxes, { orderBy: ["size desc", "id"], limit: 3 })
  const { text } = textOf(selection, {})
  assert.equal(text, 'select * from $1 order by "size" desc, "id" limit 3')
  assert.deepEqual(selection.memory({}, { rows }).map(({ id }) => id), ["b", "c", "a"])
})

test("a limit that is none is refused", () => {
  for (const limit of [0, -1, 1.5, Infinity, NaN]) {
    assert.throws(() => selectionOf(Boxes, { orderBy: ["id"], limit }), TypeError, String(limit))
  }
})

// What follows is checked by the compiler and never run.
export const _types = () => {
  const result = Schema.Array(Schema.Struct(row))
  const OfSize = Query.define("boxes.of-size", { params: { size: Schema.Int }, result })
  QueryHandler.rows(OfSize, Boxes, { where: ({ size }) => ({ size }), orderBy: ["id"], limit: 1 })
  // @ts-expect-error: there is no such column to order by
  QueryHandler.rows(OfSize, Boxes, { orderBy: ["weight"], limit: 1 })
  // @ts-expect-error: there is no such parameter
  QueryHandler.rows(OfSize, Boxes, { where: ({ id }) => ({ id }), orderBy: ["id"], limit: 1 })
  // @ts-expect-error: the size is no text
  QueryHandler.rows(OfSize, Boxes, { where: () => ({ size: "3" }), orderBy: ["id"], limit: 1 })
  const Names = Query.define("boxes.names", { params: {}, result: Schema.Array(Schema.String) })
  // @ts-expect-error: the result is no list of rows
  QueryHandler.rows(Names, Boxes, { orderBy: ["id"], limit: 1 })
}
