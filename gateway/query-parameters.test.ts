/** Tests of parameters in a URL: a text is read as the types of its parameter say. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { queryParametersOf } from "./query-parameters.ts"

const readAs = (pattern: string, text: string): unknown => {
  const value = { anyOf: [{ type: "string", pattern }, { type: "number" }] }
  return queryParametersOf({ properties: { value } }).get("value")?.read([text])
}

test("a pattern keeps its meaning, whatever flags it was written with", () => {
  assert.equal(readAs("^[0-9]+$", "12"), "12")
  assert.equal(readAs("^[a-z]+$", "12"), 12)
  assert.equal(readAs("^\\p{N}+$", "12"), "12", "with the flag u")
  assert.equal(readAs("^[\\p{N}&&[0-9]]+$", "12"), "12", "with the flag v")
  assert.equal(readAs("^[\\-0-9]+$", "12"), "12", "with either")
})

test("a pattern that cannot be read leaves the decision to the schema", () => {
  assert.equal(readAs("(", "12"), "12")
})
