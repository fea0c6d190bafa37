/** Tests of the cost of schemas: which parts cost more than in proportion to the value. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { costOf } from "./schema-cost.ts"

type Any = Schema.Codec<unknown, unknown>

const cost = (schema: unknown) => costOf(Schema.toCodecJson(schema as Any).ast)

const { Array: List, Int, Literal, Literals, NullOr, String: Text, Struct, Union } = Schema

const PLAIN = { tries: false, digits: false, compares: false }

test("most schemas cost in proportion to the value", () => {
  const plain = [
    Struct({ a: Text, b: List(Struct({ c: Int })), d: Schema.optional(Schema.Date) }),
    NullOr(Struct({ a: Int })),
    Schema.optional(List(Int)),
    Literals(["a", "b"]),
    Union([Text, Int, Struct({ a: Int }), List(Int)]),
    Union([Struct({ kind: Literal("a"), a: Int }), Struct({ kind: Literal("b"), b: Int })]),
    Schema.Record(Text, Schema.Uint8Array),
    Schema.Option(Int),
    Schema.TemplateLiteral(["a", Int]),
    Schema.ReadonlySet(Text),
    Schema.Unknown,
  ]
  for (const schema of plain) assert.deepEqual(cost(schema), PLAIN)
})

test("alternatives that no field tells apart are tried", () => {
  const tried = [
    Union([Struct({ a: Int }), Struct({ b: Int })]),
    Union([Struct({ kind: Literal("a"), a: Int }), Struct({ kind: Literal("a"), b: Int })]),
    Union([Struct({ a: Literal("a") }), Struct({ b: Literal("b") })]),
    Union([Struct({ kind: Schema.optionalKey(Literal("a")) }), Struct({ kind: Literal("b") })]),
    Union([List(Int), List(Text)]),
    Union([NullOr(Struct({ a: Int })), Struct({ b: Int })]),
    List(Struct({ deep: NullOr(Union([Schema.Record(Text, Int), Struct({ a: Text })])) })),
    Schema.Option(Union([List(Int), List(Text)])),
  ]
  for (const schema of tried) assert.deepEqual(cost(schema), { ...PLAIN, tries: true })
})

test("a schema that contains itself is examined once", () => {
  interface Tree {
    readonly left?: Tree
    readonly value: bigint
  }
  const Tree = Struct({
    left: Schema.optionalKey(Schema.suspend((): Schema.Codec<Tree> => Tree as never)),
    value: Schema.BigInt,
  })
  assert.deepEqual(cost(Tree), { ...PLAIN, digits: true })
  const endless = (): Schema.Codec<unknown> => Struct({ a: Schema.suspend(endless) }) as never
  assert.equal(cost(endless()).tries, true)
})

/** The kinds are found by names that Effect gives them: a rename there must not lift a bound. */
test("every kind that reads digits without a bound is found", () => {
  const read: Readonly<Record<string, unknown>> = {
    BigInt: Schema.BigInt,
    BigIntFromString: Schema.BigIntFromString,
    BigDecimal: Schema.BigDecimal,
    BigDecimalFromString: Schema.BigDecimalFromString,
    ByteSize: Schema.ByteSize,
    ByteSizeFromBigInt: Schema.ByteSizeFromBigInt,
    ByteSizeFromString: Schema.ByteSizeFromString,
    Duration: Schema.Duration,
    DurationFromIsoString: Schema.DurationFromIsoString,
    DurationFromNanos: Schema.DurationFromNanos,
    DurationFromString: Schema.DurationFromString,
  }
  for (const [name, schema] of Object.entries(read)) {
    assert.deepEqual(cost(schema), { ...PLAIN, digits: true }, name)
    assert.deepEqual(cost(List(Struct({ a: schema as Any }))), { ...PLAIN, digits: true }, name)
  }
})

test("every kind whose items must differ is found", () => {
  const compared: Readonly<Record<string, unknown>> = {
    UniqueArray: Schema.UniqueArray(Text),
    isUnique: List(Text).check(Schema.isMinLength(1), Schema.isUnique()),
    HashSet: Schema.HashSet(Text),
    HashMap: Schema.HashMap(Text, Int),
  }
  for (const [name, schema] of Object.entries(compared)) {
    assert.deepEqual(cost(schema), { ...PLAIN, compares: true }, name)
    const deep = Struct({ a: NullOr(schema as Any) })
    assert.deepEqual(cost(deep), { ...PLAIN, compares: true }, name)
  }
})
