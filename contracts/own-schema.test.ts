/** Tests that schemas of another copy of effect are refused where they are given. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { test } from "../testing/test.ts"
import { Contract } from "./contract.ts"
import { Query } from "./query.ts"

/** What another copy of effect makes: it says that it is a schema, and has classes of its own. */
const foreign = (() => {
  class OtherAst {}
  Object.assign(OtherAst.prototype, { "~effect/Schema": "~effect/Schema" })
  const ast: object = new OtherAst()
  return Object.assign(Object.create(Schema.String), { ast }) as typeof Schema.String
})()

const defineWith = (field: typeof Schema.String) =>
  Contract.define("demo.box", { commands: { Open: { key: field } }, events: { Opened: {} } })

test("a schema of another copy of effect is refused, and the field is named", () => {
  assert.throws(() => defineWith(foreign), {
    name: "TypeError",
    message: 'demo.box Open: the field "key" has a schema of another copy of effect than the one ' +
      "that Leftfold uses: install effect once (npm ls effect shows who asks for which)",
  })
  const query = { params: { key: foreign }, result: Schema.String }
  assert.throws(() => Query.define("demo.boxes", query), /"key" has a schema of another copy/)
  const result = { params: {}, result: foreign }
  assert.throws(() => Query.define("demo.boxes", result), /its result has a schema of another copy/)
})

test("a schema of another version of effect is refused", () => {
  for (const ast of [{ _tag: "StringKeyword" }, undefined]) {
    assert.throws(() => defineWith({ ast } as never), /"key" has no schema of effect 4/)
  }
})

test("every kind of schema of our own copy is accepted", () => {
  const kinds = [
    Schema.String,
    Schema.Int,
    Schema.Date,
    Schema.Struct({ a: Schema.String }),
    Schema.Array(Schema.String),
    Schema.Union([Schema.String, Schema.Int]),
    Schema.Literals(["a", "b"]),
    Schema.NullOr(Schema.String),
    Schema.optionalKey(Schema.String),
    Schema.String.check(Schema.isMaxLength(3)),
    Schema.FiniteFromString,
  ]
  for (const field of kinds) assert.ok(defineWith(field as never))
})
