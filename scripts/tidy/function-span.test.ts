/** Tests of finding functions. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { codeOf } from "./code.ts"
import { functionsOf } from "./function-span.ts"

const spans = (text: string) =>
  functionsOf(codeOf(text).split("\n")).map(({ from, to }) => `${from}-${to}`)

test("functions, arrows and methods are found", () => {
  assert.deepEqual(spans("function a() {\n  b\n}"), ["1-3"])
  assert.deepEqual(spans("export const a = async (b: B): C => {\n  b\n}"), ["1-3"])
  assert.deepEqual(spans("class A {\n  async *#b<T>(c: T): C {\n    d\n  }\n}"), ["2-4"])
  assert.deepEqual(spans("const a = {\n  decide(order, { id }) {\n    b\n  },\n}"), ["2-4"])
})

test("a signature over several lines counts as part of its function", () => {
  assert.deepEqual(spans("export function a(\n  b: B,\n  c: C,\n): D {\n  e\n}"), ["1-6"])
  assert.deepEqual(spans("class A {\n  constructor(\n    b: B,\n  ) {\n    c\n  }\n}"), ["2-6"])
})

test("loops, conditions and plain objects are no functions", () => {
  assert.deepEqual(spans("for (const a of b) {\n  c\n}"), [])
  assert.deepEqual(spans("if (a) {\n  b\n} else if (\n  c\n) {\n  d\n}"), [])
  assert.deepEqual(spans("const a = {\n  b: c({\n    d,\n  }),\n}"), [])
  assert.deepEqual(spans("export class A extends b() {\n  c = d\n}"), [])
})
