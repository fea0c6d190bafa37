/** Tests of the length rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { lengths } from "./lengths.ts"
import { placesOf, treeOf } from "./rule.ts"

const lines = (count: number) => "  line()\n".repeat(count)
const found = (path: string, text: string) => lengths(treeOf({ [path]: text }))

test("a file above 500 lines fails, and one above 300 lines is a warning", () => {
  assert.equal(found("actors/a.ts", lines(501))[0]?.warning, false)
  assert.equal(found("actors/a.ts", lines(500))[0]?.warning, true)
  assert.deepEqual(found("actors/a.ts", lines(300)), [])
})

test("a line above 100 columns fails", () => {
  assert.deepEqual(placesOf(found("a.ts", `/** A. */\n// ${"é".repeat(98)}\n`)), ["a.ts:2"])
  assert.deepEqual(found("a.ts", `// ${"é".repeat(97)}\n`), [])
  assert.deepEqual(found("a.ts", `// https://example.org/${"a".repeat(98)}\n`), [])
})

test("a function above 70 lines fails where it starts", () => {
  assert.deepEqual(placesOf(found("a.ts", `\nfunction a() {\n${lines(69)}}\n`)), ["a.ts:2"])
  assert.deepEqual(found("a.ts", `\nfunction a() {\n${lines(68)}}\n`), [])
})

test("what groups tests may be long, and a test may not", () => {
  const body = `  test("b", () => {\n${lines(69)}  })\n`
  const text = `describe("a", () => {\n${body}})\n`
  assert.deepEqual(placesOf(found("a.ts", text)), ["a.ts:1", "a.ts:2"])
  assert.deepEqual(placesOf(found("a.test.ts", text)), ["a.test.ts:2"])
})
