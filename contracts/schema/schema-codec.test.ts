/** Tests of schema codecs: plain forms, the issues that are named, and JSON Schemas. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { decode, encode, type Format } from "../../wire/codec.ts"
import { Invalid } from "../errors.ts"
import { ISSUE_CHARACTERS, ISSUES_REPORTED } from "../limits.ts"
import { schemaCodec } from "./schema-codec.ts"

const Everything = Schema.Struct({
  at: Schema.Date,
  note: Schema.optional(Schema.String),
  mark: Schema.optionalKey(Schema.String),
  either: Schema.Literals(["one", "two"]),
  amount: Schema.BigInt,
  inner: Schema.Struct({ list: Schema.Array(Schema.Struct({ at: Schema.Date })) }),
})
type Everything = typeof Everything.Type
const codec = schemaCodec<Everything>(Everything, "everything")

const least: Everything = { at: new Date(0), either: "one", amount: 2n ** 80n, inner: { list: [] } }

test("values come back as they were, through either format", () => {
  const all: Everything[] = [
    least,
    { ...least, note: "n", mark: "m", inner: { list: [{ at: new Date(1) }] } },
  ]
  for (const value of all) {
    for (const format of ["json", "msgpack"] as Format[]) {
      assert.deepEqual(codec.decode(decode(format, encode(format, codec.encode(value)))), value)
    }
  }
})

test("an optional value that is undefined can be stored and read", () => {
  for (const format of ["json", "msgpack"] as Format[]) {
    const bytes = encode(format, codec.encode({ ...least, note: undefined }))
    assert.equal(codec.decode(decode(format, bytes)).note, undefined)
  }
})

test("each issue is named with its path", () => {
  const plain = { either: "three", at: "never", amount: 1, inner: { list: [{}] } }
  assert.throws(() => codec.decode(plain), (error) => {
    assert.ok(error instanceof Invalid)
    assert.match(error.message, /^everything is not valid: /)
    const paths = error.issues?.map(({ path }) => path).sort()
    assert.deepEqual(paths, ["amount", "at", "either", "inner.list.0.at"])
    return true
  })
})

test("a typed value that does not fit the schema is not encoded", () => {
  const wrong: object = { ...least, at: "1970-01-01" }
  assert.throws(() => codec.encode(wrong as Everything), Invalid)
})

test("many long issues are cut to a few short ones", () => {
  const record = schemaCodec(Schema.Record(Schema.String, Schema.Int), "a record")
  const plain = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => ["k".repeat(10_000) + index, "text"]),
  )
  assert.throws(() => record.decode(plain), (error) => {
    assert.ok(error instanceof Invalid)
    assert.equal(error.issues?.length, ISSUES_REPORTED)
    assert.ok(error.message.length < ISSUE_CHARACTERS * 3)
    return JSON.stringify(error.issues).length < ISSUES_REPORTED * (ISSUE_CHARACTERS + 100)
  })
})

test("a value that is nested too deeply is invalid", () => {
  interface Tree {
    readonly children: readonly Tree[]
  }
  const Tree = Schema.Struct({
    children: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)),
  })
  const tree = schemaCodec<Tree>(Tree, "a tree")
  let deep: Tree = { children: [] }
  assert.deepEqual(tree.decode(deep), deep)
  for (let level = 0; level < 100_000; level++) deep = { children: [deep] }
  assert.throws(() => tree.decode(deep), /a tree is nested too deeply/)
})

test("a bug in a schema is not mistaken for invalid input", () => {
  const broken = schemaCodec(
    Schema.String.check(Schema.makeFilter(() => {
      throw new TypeError("a bug")
    })),
    "broken",
  )
  assert.throws(() => broken.decode("text"), TypeError)
})

test("the JSON Schema describes the plain form", () => {
  const { type, required } = codec.jsonSchema()
  assert.equal(type, "object")
  assert.deepEqual(required, ["at", "either", "amount", "inner"])
})
