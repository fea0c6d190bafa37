/** Tests of schemas whose values would not come back: each is refused where it is defined. */
import assert from "node:assert/strict"
import {
  BigDecimal,
  Chunk,
  DateTime,
  Duration,
  HashMap,
  HashSet,
  Option,
  Result,
  Schema,
} from "effect"
import { test } from "../../testing/test.ts"
import { Contract } from "../contract.ts"
import { Query } from "../query.ts"
import { plainForm } from "./plain-form.ts"
import { schemaCodec } from "./schema-codec.ts"

type Any = Schema.Codec<unknown, unknown>

class Foreign {}

const define = (field: Any) =>
  Contract.define("lab.thing", { commands: { Put: { field } }, events: {} })

/** Schemas that have values which cannot be carried, with a part of the reason. */
const REFUSED: readonly (readonly [schema: Schema.Top, reason: RegExp])[] = [
  [Schema.Any, /at field: Schema\.Any takes values that have no plain form/],
  [Schema.instanceOf(Foreign), /at field: .* has no plain form/],
  [Schema.UniqueSymbol(Symbol("a")), /at field: a symbol is carried by its key/],
  [Schema.Struct({ ["__proto__"]: Schema.String }), /field: no message can have .*"__proto__"/],
  [Schema.Struct({ [Symbol.for("a")]: Schema.String }), /must have a text as its name/],
  [Schema.NullishOr(Schema.String), /at field: it can be both null and undefined/],
  [Schema.Array(Schema.NullishOr(Schema.Int)), /at field\.\*: it can be both null and undefined/],
  [Schema.Union([Schema.String, Schema.BigInt]), /at field: .* look alike once stored/],
  [Schema.Union([Schema.Date, Schema.String]), /look alike/],
  [Schema.Union([Schema.Date, Schema.DateTimeUtc]), /look alike/],
  [Schema.Union([Schema.BigInt, Schema.BigDecimal]), /look alike/],
  [Schema.Union([Schema.Uint8Array, Schema.String]), /look alike/],
  [Schema.Union([Schema.String, Schema.Number]), /look alike/],
  [Schema.Union([Schema.Number, Schema.String]), /look alike/],
  [Schema.NullOr(Schema.Union([Schema.Number, Schema.String])), /look alike/],
  [Schema.Union([Schema.Array(Schema.Int), Schema.ReadonlySet(Schema.Int)]), /look alike/],
  [
    Schema.Struct({ a: Schema.Array(Schema.Struct({ b: Schema.NullOr(Schema.Any) })) }),
    /at field\.a\.\*\.b: Schema\.Any/,
  ],
]

test("a schema whose values would not come back is refused by contract, message and field", () => {
  for (const [schema, reason] of REFUSED) {
    assert.throws(() => define(schema as unknown as Any), (error) => {
      assert.ok(error instanceof TypeError, String(error))
      assert.match(error.message, /^the command lab\.thing Put cannot be carried at field/)
      assert.match(error.message, reason)
      return true
    })
  }
  assert.throws(
    () => Query.define("lab.all", { params: {}, result: Schema.Any as unknown as Any }),
    /^TypeError: the result of lab\.all cannot be carried: Schema\.Any/,
  )
})

test("a schema that is told apart is not refused", () => {
  const told: readonly Schema.Top[] = [
    Schema.Union([Schema.String, Schema.Finite]),
    Schema.Union([Schema.String, Schema.Int]),
    Schema.Union([Schema.Number, Schema.BigInt]),
    Schema.Union([Schema.Number, Schema.Date, Schema.Boolean]),
    Schema.Union([Schema.Literals(["never", "today"]), Schema.Date]),
    Schema.Union([Schema.BigInt, Schema.Date]),
    Schema.Union([Schema.NullOr(Schema.BigInt), Schema.Boolean]),
    Schema.Union([Schema.String.check(Schema.isPattern(/^[a-z]+$/)), Schema.BigInt]),
    Schema.UndefinedOr(Schema.Date),
    Schema.optional(Schema.NullOr(Schema.Date)),
    Schema.Option(Schema.NullOr(Schema.String)),
    Schema.UniqueSymbol(Symbol.for("a")),
    Schema.Unknown,
    Schema.Json,
  ]
  for (const schema of told) define(schema as unknown as Any)
})

test("undefined and null are two values of an optional field", () => {
  const fields = { note: Schema.optional(Schema.NullOr(Schema.String)), other: Schema.String }
  const codec = schemaCodec(Schema.Struct({ inner: Schema.Array(Schema.Struct(fields)) }), "it")
  const inner = [{ note: undefined, other: "" }, { note: null, other: "" }, { other: "" }]
  const plain = codec.encode({ inner })
  assert.deepEqual(plain, { inner: [{ other: "" }, { note: null, other: "" }, { other: "" }] })
  assert.deepEqual(codec.decode(plain).inner.map(({ note }) => note), [undefined, null, undefined])
})

test("a value without a schema has the plain form that a schema of its type gives", () => {
  const schemas: readonly (readonly [schema: Schema.Top, value: unknown])[] = [
    [Schema.BigInt, -(10n ** 99n)],
    [Schema.Number, NaN],
    [Schema.Date, new Date(7)],
    [Schema.Uint8Array, Uint8Array.of(1, 2, 255)],
    [Schema.ReadonlyMap(Schema.String, Schema.BigInt), new Map([["__proto__", 1n]])],
    [Schema.ReadonlySet(Schema.Date), new Set([new Date(7)])],
    [Schema.Option(Schema.Date), Option.some(new Date(7))],
    [Schema.Array(Schema.UndefinedOr(Schema.Int)), [1, undefined]],
    [Schema.URL, new URL("http://example.org/a")],
  ]
  for (const [schema, value] of schemas) {
    const codec = schemaCodec(schema as unknown as Any, "it")
    assert.deepEqual(plainForm(value), codec.encode(value))
  }
  assert.deepEqual(plainForm({ a: undefined, b: () => 1, c: [Symbol("d")] }), { c: [null] })
})

test("a value without a schema is shown as the schema of its type would show it", () => {
  const shown: readonly (readonly [schema: Schema.Top, value: unknown])[] = [
    [Schema.Duration, Duration.seconds(3)],
    [Schema.Duration, Duration.nanos(7n)],
    [Schema.Duration, Duration.infinity],
    [Schema.TimeZone, DateTime.zoneMakeNamedUnsafe("Europe/Berlin")],
    [Schema.TimeZone, DateTime.zoneMakeOffset(3_600_000)],
    [Schema.HashMap(Schema.String, Schema.BigInt), HashMap.make(["a", 10n ** 30n])],
    [Schema.HashSet(Schema.Date), HashSet.make(new Date(0))],
    [Schema.Chunk(Schema.BigDecimal), Chunk.make(BigDecimal.fromStringUnsafe("1.50"))],
    [Schema.Result(Schema.BigInt, Schema.String), Result.succeed(1n)],
    [Schema.Result(Schema.Int, Schema.Date), Result.fail(new Date(0))],
    [Schema.RegExp, /a+/gi],
    [Schema.URLSearchParams, new URLSearchParams("a=1&b=%20")],
    [Schema.URL, new URL("https://example.com/a?b=c")],
  ]
  for (const [schema, value] of shown) {
    const codec = schemaCodec(schema as unknown as Any, "a value")
    assert.deepEqual(plainForm(value), codec.encode(value), String(value))
  }
})
