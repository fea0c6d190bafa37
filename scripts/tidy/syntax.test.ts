/** Tests of reading the syntax of a file. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { codeOf, functionsOf } from "./syntax.ts"

test("comments and the contents of strings are not code", () => {
  const code = codeOf(`const a = "x.y" // z\n/* q */ const b = 'r'`)
  assert.equal(code, `const a = "   "     \n        const b = ' '`)
})

test("what a template computes is code, and what it quotes is not", () => {
  const code = codeOf("tag`one ${two({ a: `three ${four}` })} five` + six")
  assert.equal(code, "tag`    ${two({ a: `      ${four}` })}     ` + six")
})

test("a regular expression is not code, and a division is", () => {
  assert.equal(codeOf(`if (/["{]/.test(a)) b`), `if (/    /.test(a)) b`)
  assert.equal(codeOf(`const half = total / 2 // "a" / 2`).trimEnd(), `const half = total / 2`)
})

test("a slash inside a string opens no comment", () => {
  assert.equal(codeOf(`const url = "http://a" + b`), `const url = "        " + b`)
})

const spans = (text: string) => functionsOf(text).map(({ from, to }) => `${from}-${to}`)

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
