/** Tests of the column that each kind of field becomes. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import type { Fields } from "../contracts/internal.ts"
import { columnsOf } from "./column.ts"

const typeOf = (field: Fields[string]) => columnsOf("a.b", { field })[0]?.type

const nullability = (field: Fields[string]) => {
  const [column] = columnsOf("a.b", { field })
  return [column?.nullable, column?.optional]
}

interface Tree {
  readonly below: readonly Tree[]
}

const Tree: Schema.Codec<Tree> = Schema.Struct({
  below: Schema.Array(Schema.suspend(() => Tree)),
}).annotate({ identifier: "Tree" })

test("each field has the column type of its plain form", () => {
  assert.equal(typeOf(Schema.String), "text")
  assert.equal(typeOf(Schema.NonEmptyString), "text")
  assert.equal(typeOf(Schema.Literals(["a", "b"])), "text")
  assert.equal(typeOf(Schema.Literal("a")), "text")
  assert.equal(typeOf(Schema.BigInt), "numeric")
  assert.equal(typeOf(Schema.BigDecimal), "numeric")
  assert.equal(typeOf(Schema.Int), "bigint")
  assert.equal(typeOf(Schema.Finite), "double precision")
  assert.equal(typeOf(Schema.Number), "double precision")
  assert.equal(typeOf(Schema.Boolean), "boolean")
  assert.equal(typeOf(Schema.Date), "timestamptz")
  assert.equal(typeOf(Schema.DateTimeUtc), "timestamptz")
  assert.equal(typeOf(Schema.DateFromString), "timestamptz")
  assert.equal(typeOf(Schema.DateTimeZoned), "text")
  assert.equal(typeOf(Schema.Struct({ a: Schema.Int })), "jsonb")
  assert.equal(typeOf(Schema.Record(Schema.String, Schema.Int)), "jsonb")
  assert.equal(typeOf(Schema.Union([Schema.String, Schema.Int])), "jsonb")
  assert.equal(typeOf(Schema.Union([Schema.Date, Schema.String])), "text")
  assert.equal(typeOf(Schema.Unknown), "jsonb")
  assert.equal(typeOf(Tree), "jsonb")
})

test("a whole number that fits in 32 bits, as its schema says, is a small column", () => {
  const between = (minimum: number, maximum: number) =>
    typeOf(Schema.Int.check(Schema.isBetween({ minimum, maximum })))
  assert.equal(typeOf(Schema.Int.check(Schema.isInt32())), "integer")
  assert.equal(between(0, 100), "integer")
  assert.equal(between(-2_147_483_648, 2_147_483_647), "integer")
  assert.equal(between(-2_147_483_649, 0), "bigint")
  assert.equal(between(0, 2_147_483_648), "bigint")
  assert.equal(typeOf(Schema.Int.check(Schema.isGreaterThan(0))), "bigint")
  assert.equal(typeOf(Schema.Int.check(Schema.isLessThan(0))), "bigint")
})

test("an array of one kind of values is an array, and any other one is nested", () => {
  assert.equal(typeOf(Schema.Array(Schema.String)), "text[]")
  assert.equal(typeOf(Schema.NonEmptyArray(Schema.Int)), "bigint[]")
  assert.equal(typeOf(Schema.Array(Schema.NullOr(Schema.Date))), "timestamptz[]")
  assert.equal(typeOf(Schema.Array(Schema.BigInt)), "numeric[]")
  assert.equal(typeOf(Schema.NullOr(Schema.Array(Schema.Number))), "double precision[]")
  assert.equal(typeOf(Schema.ReadonlySet(Schema.Boolean)), "boolean[]")
  assert.equal(typeOf(Schema.ReadonlySet(Schema.Date)), "text[]")
  assert.equal(typeOf(Schema.Array(Schema.Array(Schema.Int))), "jsonb")
  assert.equal(typeOf(Schema.Array(Schema.Struct({ a: Schema.Int }))), "jsonb")
  assert.equal(typeOf(Schema.Array(Schema.Unknown)), "jsonb")
  assert.equal(typeOf(Schema.Tuple([Schema.String, Schema.Int])), "jsonb")
  assert.equal(typeOf(Schema.Union([Schema.Array(Schema.String), Schema.String])), "jsonb")
})

test("text that a transformation writes in a way of its own stays text", () => {
  assert.equal(typeOf(Schema.DateTimeUtcFromHttpDate), "text")
  assert.equal(typeOf(Schema.Array(Schema.DateTimeUtcFromHttpDate)), "text[]")
})

test("a field that may be missing has the type of what it may be", () => {
  for (const wrap of [Schema.optional, Schema.optionalKey, Schema.NullOr, Schema.UndefinedOr]) {
    assert.equal(typeOf(wrap(Schema.Int) as Fields[string]), "bigint")
    assert.equal(typeOf(wrap(Schema.Number) as Fields[string]), "double precision")
    assert.equal(typeOf(wrap(Schema.Date) as Fields[string]), "timestamptz")
  }
})

test("a schema with a name of its own has the type that it stands for", () => {
  const Customer = Schema.String.annotate({ identifier: "Customer" })
  assert.equal(typeOf(Customer), "text")
  assert.equal(typeOf(Schema.NullOr(Customer)), "text")
})

test("NULL is allowed where a field may be missing or null", () => {
  assert.deepEqual(nullability(Schema.Int), [false, false])
  assert.deepEqual(nullability(Schema.optionalKey(Schema.Int)), [true, true])
  assert.deepEqual(nullability(Schema.optional(Schema.Int)), [true, true])
  assert.deepEqual(nullability(Schema.NullOr(Schema.Int)), [true, false])
  assert.deepEqual(nullability(Schema.UndefinedOr(Schema.Int)), [true, false])
  assert.deepEqual(nullability(Schema.Unknown), [true, false])
})

test("a field that can be both absent and null is refused", () => {
  assert.throws(() => typeOf(Schema.optionalKey(Schema.NullOr(Schema.Int))), TypeError)
  assert.throws(() => typeOf(Schema.optional(Schema.NullOr(Schema.Int))), TypeError)
})

test("a name that cannot be a column is refused", () => {
  for (const name of ["", "a b", "1a", "a-b", 'a"b', "Ab", "a".repeat(64), "__proto__;"]) {
    assert.throws(() => columnsOf("a.b", { [name]: Schema.Int }), TypeError, name)
  }
  assert.equal(columnsOf("a.b", { aB_1: Schema.Int }).length, 1)
})
