/**
 * Tests that a view keeps its version whatever Effect calls things inside: another version would
 * rebuild every view that exists.
 */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Contract, type Fields } from "../contracts/internal.ts"
import { columnsOf } from "./column.ts"
import { Projection } from "./projection.ts"

const Boxes = Contract.define("house.box", { commands: {}, events: { Shut: {} } })

interface Tree {
  readonly below: readonly Tree[]
}

const Tree: Schema.Codec<Tree> = Schema.Struct({
  below: Schema.Array(Schema.suspend(() => Tree)),
}).annotate({ identifier: "Tree" })

const Amount = Schema.Int.annotate({ identifier: "Amount" })

/** A field of each kind that a row can have, with the column that it has been from the start. */
const KINDS: Readonly<Record<string, readonly [field: Fields[string], column: string]>> = {
  text: [Schema.String, "text"],
  not_empty: [Schema.NonEmptyString, "text"],
  literal: [Schema.Literal("a"), "text"],
  literals: [Schema.Literals(["a", "b"]), "text"],
  number_literals: [Schema.Literals([1, 2]), "double precision"],
  template: [Schema.TemplateLiteral(["a-", Schema.String]), "text"],
  branded: [Schema.String.pipe(Schema.brand("Id")), "text"],
  bool: [Schema.Boolean, "boolean"],
  int: [Schema.Int, "bigint"],
  small: [Schema.Int.check(Schema.isInt32()), "integer"],
  between: [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })), "integer"],
  named: [Amount, "bigint"],
  finite: [Schema.Finite, "double precision"],
  number: [Schema.Number, "double precision"],
  big_int: [Schema.BigInt, "numeric"],
  big_int_text: [Schema.BigIntFromString, "numeric"],
  decimal: [Schema.BigDecimal, "numeric"],
  date: [Schema.Date, "timestamptz"],
  checked_date: [Schema.Date.check(Schema.makeFilter(() => true)), "timestamptz"],
  named_date: [Schema.Date.annotate({ identifier: "Day" }), "timestamptz"],
  branded_date: [Schema.Date.pipe(Schema.brand("Day")), "timestamptz"],
  date_text: [Schema.DateFromString, "timestamptz"],
  utc: [Schema.DateTimeUtc, "timestamptz"],
  utc_text: [Schema.DateTimeUtcFromString, "text"],
  http_date: [Schema.DateTimeUtcFromHttpDate, "text"],
  zoned: [Schema.DateTimeZoned, "text"],
  own_date: [Schema.instanceOf(Date), "jsonb null"],
  bytes: [Schema.Uint8Array, "text"],
  url: [Schema.URL, "text"],
  duration: [Schema.Duration, "jsonb"],
  struct: [Schema.Struct({ a: Schema.Int }), "jsonb"],
  tree: [Tree, "jsonb"],
  record: [Schema.Record(Schema.String, Schema.Int), "jsonb"],
  mixed: [Schema.Union([Schema.String, Schema.Int]), "jsonb"],
  date_or_text: [Schema.Union([Schema.Date, Schema.String]), "text"],
  unknown: [Schema.Unknown, "jsonb null"],
  texts: [Schema.Array(Schema.String), "text[]"],
  ints: [Schema.NonEmptyArray(Schema.Int), "bigint[]"],
  dates: [Schema.Array(Schema.NullOr(Schema.Date)), "timestamptz[]"],
  date_set: [Schema.ReadonlySet(Schema.Date), "text[]"],
  pair: [Schema.Tuple([Schema.String, Schema.Int]), "jsonb"],
  optional_date: [Schema.optionalKey(Schema.Date), "timestamptz null optional"],
  optional_named: [Schema.optional(Amount), "bigint null optional"],
  null_or_decimal: [Schema.NullOr(Schema.BigDecimal), "numeric null"],
}

/** Kinds whose values do not come back as they were: a projection with one is refused. */
const REFUSED = ["own_date", "date_or_text"]

const columnOf = (name: string, field: Fields[string]): string => {
  const [column] = columnsOf("house.boxes", { [name]: field })
  const { type, nullable, optional } = column!
  return `${type}${nullable ? " null" : ""}${optional ? " optional" : ""}`
}

test("each kind of field is the column that it has been from the start", () => {
  for (const [name, [field, column]] of Object.entries(KINDS)) {
    assert.equal(columnOf(name, field), column, name)
  }
})

test("a view has the version that earlier versions of the code gave it", () => {
  const fields = Object.fromEntries(
    Object.entries(KINDS).filter(([name]) => !REFUSED.includes(name))
      .map(([name, [field]]) => [name, field]),
  )
  const row = { id: Schema.String, ...fields }
  const all = Projection.define("house.boxes", { from: [Boxes], row, key: "id", on: {} })
  const dated = { id: Schema.String, made: Schema.Date, paid: Schema.NullOr(Schema.BigDecimal) }
  const options = { from: [Boxes], row: dated, key: "id", on: {}, version: 3 } as const
  assert.equal(all.version, "e243ef69")
  assert.equal(Projection.define("house.boxes", options).version, "c46b40f3")
})

test("what Effect calls a type inside does not change the column", () => {
  const types = [[Schema.Date, "timestamptz"], [Schema.DateTimeUtc, "timestamptz"]] as const
  for (const [schema, column] of [...types, [Schema.BigDecimal, "numeric"]] as const) {
    const renamed = schema.annotate({ representation: { id: "renamed", payload: null } })
    assert.equal(columnOf("a", renamed), column)
  }
})
