/** Tests of the rule that every public name is documented and shown in use. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { publicNames } from "./public-names.ts"
import { treeOf } from "./rule.ts"

const published = {
  "package.json": '{ "exports": { "./contracts": "./contracts/mod.ts" } }',
  "contracts/mod.ts": '/** A door. */\nexport { type Shape, shapeOf } from "./shape.ts"\n',
  "contracts/shape.ts": "/** A shape. */\n\n" +
    "/**\n * A shape.\n *\n * ```ts\n * const a: Shape = {}\n * ```\n */\n" +
    "export interface Shape {}\n\n" +
    "/**\n * Makes one.\n *\n * ```ts\n * shapeOf()\n * ```\n */\n" +
    "export const shapeOf = () => ({})\n",
  "examples/one.ts": "const shape: Shape = shapeOf()\n",
}

const problems = (changes: Readonly<Record<string, string>>) =>
  publicNames(treeOf({ ...published, ...changes })).map(({ path, line, message }) =>
    `${path}:${line} ${message}`
  )

test("names that are documented and shown are taken", () => {
  assert.deepEqual(problems({}), [])
  const nowhere = { "examples/one.ts": "" }
  assert.deepEqual(problems({ ...nowhere, "README.md": "`Shape` and `shapeOf(…)`" }), [])
  assert.deepEqual(problems({ ...nowhere, "docs/shapes.md": "`Shape` and `shapeOf(…)`" }), [])
})

test("a name that nothing shows is refused where it is declared", () => {
  const [first, ...others] = problems({ "examples/one.ts": "const shape = shapeOf()" })
  assert.match(first ?? "", /^contracts\/shape\.ts:10 Shape of contracts\/mod\.ts is shown nowhere/)
  assert.deepEqual(others, [])
})

/** The file of shapes with another comment on `shapeOf`. */
const commented = (comment: string) => ({
  "contracts/shape.ts": published["contracts/shape.ts"]
    .replace(/\/\*\*\n \* Makes one\.[^/]*\/\n/, comment),
})

test("a name without a doc comment is refused", () => {
  const [first, ...others] = problems(commented(""))
  assert.match(first ?? "", /^contracts\/shape\.ts:12 shapeOf .* has no doc comment/)
  assert.deepEqual(others, [])
})

test("a doc comment without an example is refused", () => {
  const without = ["Makes one.", "Makes one: `shapeOf()`.", "\n * ```\n * shapeOf()\n * ```\n "]
  for (const text of [...without, "\n * ```ts\n * ```\n ", "\n * ```ts\n *\n * ```\n "]) {
    const [first, ...others] = problems(commented(`/** ${text} */\n`))
    assert.match(first ?? "", /^contracts\/shape\.ts:\d+ shapeOf .* has no example/, text)
    assert.deepEqual(others, [])
  }
})

test("a type and a value of one name share an example", () => {
  const both = "/** A round shape. */\nexport interface shapeOf {}\n\n"
  const text = published["contracts/shape.ts"].replace("/**\n * Makes", `${both}/**\n * Makes`)
  assert.deepEqual(problems({ "contracts/shape.ts": text }), [])
})
