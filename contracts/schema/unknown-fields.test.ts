/** Tests that no field that a schema does not know disappears, whatever the schema is made of. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { Schema, type SchemaAST } from "effect"
import { test } from "../../testing/test.ts"
import { Invalid } from "../errors.ts"
import { schemaCodec } from "./schema-codec.ts"

const { Int, Literal, String: Text, Struct, Union, optionalKey } = Schema

interface Tree {
  readonly name: string
  readonly kids: readonly Tree[]
}

const Tree: Schema.Codec<Tree> = Struct({
  name: Text,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)),
})

class Price extends Schema.Class<Price>("Price")({ amount: Int, note: optionalKey(Text) }) {}

const Inner = Struct({ street: optionalKey(Text) })

type Any = Schema.Codec<unknown, unknown>
type Case = readonly [
  name: string,
  schema: { readonly ast: SchemaAST.AST },
  typed: unknown,
  plain: unknown,
  path: string,
  meant: string | undefined,
]

/** Each value has one field too many, in its typed and in its plain form. */
const CASES: readonly Case[] = [
  ["a struct", Struct({ by: Int }), { by: 1, byy: 2 }, { by: 1, byy: 2 }, "byy", "by"],
  ["no fields at all", Struct({}), { a: 1 }, { a: 1 }, "a", undefined],
  [
    "a nested struct",
    Struct({ at: Inner }),
    { at: { stret: "a" } },
    { at: { stret: "a" } },
    "at.stret",
    "street",
  ],
  ["a list", Schema.Array(Inner), [{}, { stret: "a" }], [{}, { stret: "a" }], "1.stret", "street"],
  [
    "a tuple",
    Schema.Tuple([Int, Inner]),
    [1, { stret: "a" }],
    [1, { stret: "a" }],
    "1.stret",
    "street",
  ],
  [
    "a tuple with a rest",
    Schema.TupleWithRest(Schema.Tuple([Int]), [Inner, Int]),
    [1, { stret: "a" }, 2],
    [1, { stret: "a" }, 2],
    "1.stret",
    "street",
  ],
  [
    "a record",
    Schema.Record(Text, Inner),
    { any: { stret: "a" } },
    { any: { stret: "a" } },
    "any.stret",
    "street",
  ],
  [
    "a record of certain names",
    Schema.Record(Schema.Literals(["red", "blue"]), Int),
    { red: 1, blue: 2, bleu: 3 },
    { red: 1, blue: 2, bleu: 3 },
    "bleu",
    "blue",
  ],
  [
    "a record of a pattern",
    Schema.Record(Schema.TemplateLiteral(["x-", Text]), Int),
    { "x-a": 1, "y-a": 2 },
    { "x-a": 1, "y-a": 2 },
    "y-a",
    undefined,
  ],
  [
    "an optional struct",
    Struct({ at: optionalKey(Inner) }),
    { at: { stret: "a" } },
    { at: { stret: "a" } },
    "at.stret",
    "street",
  ],
  [
    "a struct or null",
    Struct({ at: Schema.NullOr(Inner) }),
    { at: { stret: "a" } },
    { at: { stret: "a" } },
    "at.stret",
    "street",
  ],
  [
    "a struct or undefined",
    Struct({ at: Schema.optional(Inner) }),
    { at: { stret: "a" } },
    { at: { stret: "a" } },
    "at.stret",
    "street",
  ],
  [
    "a marked union",
    Union([Struct({ kind: Literal("a"), size: optionalKey(Int) }), Struct({ kind: Literal("b") })]),
    { kind: "a", sise: 1 },
    { kind: "a", sise: 1 },
    "sise",
    "size",
  ],
  [
    "a tagged struct",
    Schema.TaggedStruct("a", { size: optionalKey(Int) }),
    { _tag: "a", sise: 1 },
    { _tag: "a", sise: 1 },
    "sise",
    "size",
  ],
  [
    "an unmarked union",
    Union([Struct({ a: Int }), Struct({ a: Int, size: optionalKey(Int) })]),
    { a: 1, sise: 2 },
    { a: 1, sise: 2 },
    "sise",
    "size",
  ],
  [
    "a list or a struct",
    Union([Schema.Array(Inner), Inner]),
    [{ stret: "a" }],
    [{ stret: "a" }],
    "0.stret",
    "street",
  ],
  [
    "a recursive struct",
    Tree,
    { name: "a", kids: [{ name: "b", kids: [], kdis: 1 }] },
    { name: "a", kids: [{ name: "b", kids: [], kdis: 1 }] },
    "kids.0.kdis",
    "kids",
  ],
  [
    "a class",
    Price,
    Object.assign(new Price({ amount: 1 }), { nota: "x" }),
    { amount: 1, nota: "x" },
    "nota",
    "note",
  ],
  [
    "a field of a class",
    Struct({ of: Price }),
    { of: Object.assign(new Price({ amount: 1 }), { nota: "x" }) },
    { of: { amount: 1, nota: "x" } },
    "of.nota",
    "note",
  ],
  [
    "a struct with a date",
    Struct({ at: Schema.Date, note: optionalKey(Text) }),
    { at: new Date(0), noet: "x" },
    { at: "1970-01-01T00:00:00.000Z", noet: "x" },
    "noet",
    "note",
  ],
  [
    "a struct with a bigint",
    Struct({ of: Schema.BigInt }),
    { of: 1n, off: 2n },
    { of: "1", off: "2" },
    "off",
    "of",
  ],
  [
    "a struct with a transformation",
    Struct({ of: Schema.FiniteFromString }),
    { of: 1, off: 2 },
    { of: "1", off: "2" },
    "off",
    "of",
  ],
  [
    "a map",
    Schema.ReadonlyMap(Text, Inner),
    new Map([["a", { stret: "a" }]]),
    [["a", { stret: "a" }]],
    "0.1.stret",
    "street",
  ],
  [
    "a checked struct",
    Struct({ by: Int }).check(Schema.makeFilter(() => true)),
    { by: 1, byy: 2 },
    { by: 1, byy: 2 },
    "byy",
    "by",
  ],
  [
    "a branded struct",
    Struct({ by: Int }).pipe(Schema.brand("B")),
    { by: 1, byy: 2 },
    { by: 1, byy: 2 },
    "byy",
    "by",
  ],
  [
    "a renamed field",
    Struct({ by: Int }).pipe(Schema.encodeKeys({ by: "von" })),
    { by: 1, byy: 2 },
    { von: 1, vonn: 2 },
    "byy",
    "by",
  ],
]

const issueOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Invalid, String(error))
    return error.issues?.[0] ?? assert.fail("no issue")
  }
  return assert.fail("the unknown field has disappeared")
}

describe("a field that no schema knows", () => {
  for (const [name, schema, typed, plain, path, meant] of CASES) {
    const own = schemaCodec(schema as Any, "a value")
    const others = schemaCodec(schema as Any, "a value", { fromAnybody: true })

    test(`in ${name} is not written`, () => {
      const issue = issueOf(() => own.encode(typed))
      assert.ok(issue.path.endsWith(path), issue.path)
      const hint = meant === undefined ? "there are: " : `did you mean "${meant}"?`
      assert.ok(issue.message.includes(hint), issue.message)
    })

    test(`in ${name} is not taken from others, and left out of what is ours`, () => {
      const issue = issueOf(() => others.decode(plain))
      assert.match(issue.message, /^Expected no field /)
      const read = own.decode(plain)
      const again = own.encode(read)
      assert.deepEqual(own.encode(own.decode(again)), again)
    })
  }

  test("of an alternative that fits better is kept", () => {
    const { encode, decode } = schemaCodec(
      Union([Struct({ a: Int }), Struct({ a: Int, b: optionalKey(Int) })]) as unknown as Any,
      "a value",
    )
    assert.deepEqual(encode({ a: 1, b: 2 }), { a: 1, b: 2 })
    assert.deepEqual(decode({ a: 1, b: 2 }), { a: 1, b: 2 })
  })

  test("is named together with what is missing", () => {
    const { decode } = schemaCodec(Struct({ amount: Int }), "a value", { fromAnybody: true })
    assert.throws(() => decode({ amont: 1 }), {
      issues: [
        { path: "amont", message: 'Expected no field "amont" (did you mean "amount"?)' },
        { path: "amount", message: "Missing key" },
      ],
    })
  })

  test("and whose value is undefined is refused too, but not one of the prototype", () => {
    const { encode } = schemaCodec(Struct({ a: Int }), "a value")
    assert.throws(() => encode({ a: 1, b: undefined } as never), /"b"/)
    assert.deepEqual(encode(Object.assign(Object.create({ b: 1 }), { a: 1 })), { a: 1 })
  })

  test("can be anything where anything is allowed", () => {
    const { encode } = schemaCodec(Struct({ of: Schema.Unknown, any: Schema.Json }), "a value")
    const value = { of: { a: { b: 1 } }, any: { c: [] } }
    assert.deepEqual(encode(value), value)
  })
})

test("what is written holds nothing of what it was made from", () => {
  const given = { a: ["x"], o: { x: 1 }, r: { k: [1] } }
  const schema = Struct({
    a: Schema.Array(Text),
    o: Struct({ x: Int }),
    r: Schema.Record(Text, Schema.Array(Int)),
  })
  const { encode, reread } = schemaCodec(schema, "a value")
  const plain = encode(given) as typeof given
  assert.deepEqual(plain, given)
  for (const [one, other] of [[plain.a, given.a], [plain.o, given.o], [plain.r.k, given.r.k]]) {
    assert.notEqual(one, other)
  }
  assert.deepEqual(reread(plain), given)
})
