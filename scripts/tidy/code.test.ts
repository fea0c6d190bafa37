/** Tests of finding the code of a file. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { codeOf, lineAt } from "./code.ts"

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

test("strings stay when they are asked for, and comments never", () => {
  const code = codeOf(`import a from "./a.ts" // "./b.ts"`, { strings: true })
  assert.equal(code.trimEnd(), `import a from "./a.ts"`)
})

test("a slash inside a string opens no comment", () => {
  assert.equal(codeOf(`const url = "http://a" + b`), `const url = "        " + b`)
})

test("the text keeps its lines, so that an offset names a line", () => {
  const text = "/*\n\n*/\nnow"
  assert.equal(lineAt(text, codeOf(text).indexOf("now")), 4)
})
