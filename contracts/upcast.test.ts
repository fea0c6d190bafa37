/** Tests of upcasts: each step is taken once, and what cannot be brought up is refused. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Internal } from "./errors.ts"
import { currentSchema, upcast, type Upcasts } from "./upcast.ts"

const upcasts: Upcasts = {
  Grown: [(fields) => ({ ...fields, two: 2 }), (fields) => ({ ...fields, three: 3 })],
}

test("the schema version of an event is the number of its upcasts plus one", () => {
  assert.equal(currentSchema(upcasts, "Grown"), 3)
  assert.equal(currentSchema(upcasts, "Other"), 1)
  assert.equal(currentSchema(upcasts, "constructor"), 1)
})

test("an old version takes the steps that it lacks, in order", () => {
  assert.deepEqual(upcast(upcasts, "Grown", 1, { one: 1 }), { one: 1, two: 2, three: 3 })
  assert.deepEqual(upcast(upcasts, "Grown", 2, { one: 1 }), { one: 1, three: 3 })
})

test("the current version is left as it is", () => {
  const fields = { one: 1 }
  assert.equal(upcast(upcasts, "Grown", 3, fields), fields)
  assert.equal(upcast(upcasts, "Other", 1, fields), fields)
})

test("a version newer than the code is refused by its number", () => {
  assert.throws(() => upcast(upcasts, "Grown", 4, {}), (error) => {
    assert.ok(error instanceof Internal)
    assert.equal(error.reference, "schema-from-the-future")
    return /schema 4.*only 3/.test(error.message)
  })
})
