/** Tests that a quick look at a new state lets nothing through that its schema refuses. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { BigDecimal, DateTime, Schema, SchemaAST } from "effect"
import { test } from "../../testing/test.ts"
import { Invalid } from "../errors.ts"
import { frozen } from "../frozen.ts"
import { misfitsAmongNew } from "./misfits.ts"
import { schemaCodec } from "./schema-codec.ts"

const { Finite, Int, Literals, NullOr, String: Text, Struct, optionalKey } = Schema

interface Tree {
  readonly name: string
  readonly kids: readonly Tree[]
}

const Tree: Schema.Codec<Tree> = Struct({
  name: Text,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)),
})

class Price extends Schema.Class<Price>("Price")({ amount: Int, note: optionalKey(Text) }) {}

const Short = Schema.Array(Int).check(Schema.isMaxLength(2))
const Even = Int.check(Schema.makeFilter((value: number) => value % 2 === 0))
const Dates = Struct({ at: Schema.Date, bytes: Schema.Uint8Array, day: Schema.DateTimeUtc })

type Any = Schema.Codec<unknown, unknown>

/** For each schema: whether the quick look alone is enough for good values. */
const SCHEMAS: readonly (readonly [string, { readonly ast: SchemaAST.AST }, boolean])[] = [
  ["text", Text, true],
  ["integer", Int, true],
  ["finite", Finite, true],
  ["even", Even, true],
  ["in a range", Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })), true],
  ["number", Schema.Number, true],
  ["bigint", Schema.BigInt, true],
  ["boolean", Schema.Boolean, true],
  ["literal", Schema.Literal("a"), true],
  ["literals", Literals(["a", 1]), true],
  ["null or", NullOr(Int), true],
  ["union", Schema.Union([Text, Struct({ n: Int })]), true],
  ["tagged", Schema.Union([Struct({ t: Schema.Literal("a") }), Struct({ t: Int })]), true],
  ["struct", Struct({ n: Int, note: optionalKey(Text) }), true],
  ["undefined or", Struct({ n: Schema.UndefinedOr(Int) }), true],
  ["optional", Struct({ n: Schema.optional(Int) }), true],
  ["list", Schema.Array(Struct({ n: Int })), true],
  ["short list", Short, true],
  ["not empty", Schema.NonEmptyArray(Int), true],
  ["tuple", Schema.Tuple([Text, Int]), true],
  ["tuple with a rest", Schema.TupleWithRest(Schema.Tuple([Int]), [Text, Int]), false],
  ["record", Schema.Record(Text, Int), true],
  ["record of names", Schema.Record(Literals(["a", "b"]), Int), true],
  ["record of few names", Schema.Record(Text.check(Schema.isMaxLength(1)), Int), false],
  ["tree", Tree, true],
  ["class", Price, true],
  ["dates", Dates, true],
  ["decimal", Schema.BigDecimal, true],
]

const VALUES: readonly (() => unknown)[] = [
  () => "a",
  () => "",
  () => "1",
  () => 0,
  () => -0,
  () => 1,
  () => 2.5,
  () => 12,
  () => 2 ** 60,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 1n,
  () => true,
  () => null,
  () => undefined,
  () => [],
  () => [1],
  () => [1, 2, 3],
  () => [1, "a"],
  () => ["a", 1],
  () => ["a", 1, 2],
  () => [1, "a", 2],
  () => [, 1],
  () => [{ n: 1 }],
  () => [{ n: 1 }, { n: "1" }],
  () => [frozen({ n: 1 }), { n: 2.5 }],
  () => ({}),
  () => ({ n: 1 }),
  () => ({ n: "1" }),
  () => ({ n: undefined }),
  () => ({ n: 1, note: "a" }),
  () => ({ n: 1, note: undefined }),
  () => ({ n: 1, note: 2 }),
  () => ({ t: "a" }),
  () => ({ t: 1 }),
  () => ({ t: "b" }),
  () => ({ a: 1, b: 2 }),
  () => ({ a: 1, b: "2" }),
  () => ({ a: 1, long: 2 }),
  () => ({ name: "a", kids: [{ name: "b", kids: [] }] }),
  () => ({ name: "a", kids: [{ name: 2, kids: [] }] }),
  () => ({ name: "a", kids: [{ name: "b" }] }),
  () => new Price({ amount: 1 }),
  () => Object.assign(new Price({ amount: 1 }), { amount: "1" }),
  () => ({ amount: 1 }),
  () => new Date(0),
  () => new Date(Number.NaN),
  () => ({ at: new Date(0), bytes: Uint8Array.of(1), day: DateTime.makeUnsafe(0) }),
  () => ({ at: "1970-01-01T00:00:00Z", bytes: Uint8Array.of(1), day: DateTime.makeUnsafe(0) }),
  () => ({ at: new Date(0), bytes: [1], day: DateTime.makeUnsafe(0) }),
  () => ({ at: new Date(0), bytes: Uint8Array.of(1), day: new Date(0) }),
  () => BigDecimal.fromStringUnsafe("1.5"),
  () => Promise.resolve(1),
  () => () => 1,
  () => Symbol("a"),
]

describe("a quick look at a state", () => {
  for (const [name, schema, isEnough] of SCHEMAS) {
    test(`agrees with its schema: ${name}`, () => {
      const codec = schemaCodec(Schema.make(schema.ast) as Any, name)
      const misfits = misfitsAmongNew(SchemaAST.toType(schema.ast))
      let good = 0
      for (const [index, make] of VALUES.entries()) {
        let fits = true
        try {
          codec.encode(make())
        } catch (error) {
          assert.ok(error instanceof Invalid)
          fits = false
        }
        if (fits) good++
        const found = misfits(make())
        if (!fits) assert.ok(found, `value ${index} is let through`)
        else if (isEnough) assert.ok(!found, `value ${index} is not known to fit`)
      }
      assert.ok(good > 0, "a value fits")
    })
  }
})
