/** Tests of selections: what Postgres is asked, and what is found in memory. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Query } from "../contracts/internal.ts"
import { directionsOf, Keyset } from "./keyset.ts"
import type { PageAsked } from "./page.ts"
import { type AnyProjection, Projection } from "./projection.ts"
import { QueryHandler } from "./query-handler.ts"
import type { SqlRows } from "./query-tools.ts"
import { type Selection, selectionOf } from "./selection.ts"

const row = { id: Schema.String, size: Schema.Int, isFull: Schema.Boolean }
const Boxes = Projection.define("boxes.list", { from: [], row, key: "id", on: {} })

const all = [
  { id: "a", size: 2, isFull: true },
  { id: "b", size: 3, isFull: true },
  { id: "c", size: 3, isFull: false },
  { id: "d", size: 1, isFull: true },
]
const rows = (() => all) as never

/** The SQL of a selection, with a number for each value. */
const textOf = async <Params>(selection: Selection<Params>, to: Params, asked: PageAsked = {}) => {
  let text = ""
  let values: readonly unknown[] = []
  const templates = new Set<TemplateStringsArray>()
  const sql = (template: TemplateStringsArray, ...given: readonly unknown[]) => {
    templates.add(template)
    text = template.raw.reduce((before, part, index) => `${before}$${index}${part}`)
    values = given
    return [] as unknown as SqlRows
  }
  const view = ({ name }: AnyProjection) => name
  const upTo = () => Promise.resolve({ rows: [], all: true })
  await selection.sql(to, { sql, view, upTo }, asked)
  await selection.sql(to, { sql, view, upTo }, asked)
  assert.equal(templates.size, 1, "the client keeps something for each template")
  return { text: text.replace(/, json_build_array\(.*?\)::text as "its sort key"/, ", …"), values }
}

const ofSize = selectionOf("boxes.of-size", Boxes, {
  where: ({ size }: { readonly size?: number }) => ({ size, isFull: true }),
  orderBy: ["size desc", "id"],
  limit: 2,
})

test("a selection says what matches, in which order, and one row more than a page", async () => {
  assert.deepEqual(await textOf(ofSize, { size: 3 }), {
    text: 'select *, … from $1 where "size" = $2::text::bigint and ' +
      '"isFull" = $3::text::boolean order by "size" desc, "id" limit $4',
    values: ["boxes.list", "3", "true", 3],
  })
  assert.deepEqual(await textOf(ofSize, {}, { limit: 1 }), {
    text: 'select *, … from $1 where "isFull" = $2::text::boolean ' +
      'order by "size" desc, "id" limit $3',
    values: ["boxes.list", "true", 2],
  })
})

test("a page after another one begins after the place of its last row", async () => {
  const order = [["size", "bigint", -1], ["id", "text", 1]] as const
  const after = new Keyset(
    "boxes.of-size",
    directionsOf(
      Boxes.columns,
      "id",
      order.map(([name, , sign]) => sign < 0 ? `${name} desc` : name),
    ),
  ).write(["3", "b"], "b")
  assert.deepEqual(await textOf(ofSize, {}, { after }), {
    text: 'select *, … from $1 where "isFull" = $2::text::boolean and ' +
      '(("size" < $3::text::bigint) or ("size" = $4::text::bigint and "id" > $5::text::text)) ' +
      'order by "size" desc, "id" limit $6',
    values: ["boxes.list", "true", "3", "3", "b", 3],
  })
  const byId = selectionOf("boxes.by-id", Boxes, { orderBy: ["size"], limit: 2 })
  const place = new Keyset("boxes.by-id", directionsOf(Boxes.columns, "id", ["size"]))
    .write(["3", "b"], "b")
  const { text } = await textOf(byId, {}, { after: place })
  assert.match(text, /where \("size", "id"\) > \(\$2::text::bigint, \$3::text::text\) order by/)
})

test("without conditions all rows match, in order, as many as are wanted", () => {
  const selection = selectionOf("boxes.all", Boxes, { orderBy: ["size desc", "id"], limit: 3 })
  const page = selection.memory({}, { rows }, {}, 1_000)
  assert.deepEqual(page.rows.map((each) => (each as { id: string }).id), ["b", "c", "a"])
})

test("a wrong limit is refused, and so is an unknown column", () => {
  for (const limit of [0, -1, 1.5, Infinity, NaN]) {
    const select = () => selectionOf("boxes.none", Boxes, { orderBy: ["id"], limit })
    assert.throws(select, TypeError, String(limit))
  }
  const unknown = { orderBy: ["weight"] as never, limit: 1 }
  assert.throws(() => selectionOf("boxes.none", Boxes, unknown), /no column "weight"/)
})

test("a query that has a parameter of a page's name is refused", () => {
  const result = Schema.Array(Schema.Struct(row))
  for (const name of ["limit", "after"]) {
    const params = { [name]: Schema.String }
    const query = Query.define("boxes.paged", { params, result })
    const define = () => QueryHandler.rows(query, Boxes, { orderBy: ["id"], limit: 1 })
    assert.throws(define, new RegExp(`boxes.paged cannot have a parameter "${name}"`))
  }
})

// The compiler checks what follows; it never runs.
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
