/** Tests of the rule that every public name is documented and shown in use. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { publicNames } from "./public-names.ts"
import { treeOf } from "./rule.ts"

const published = {
  "package.json": '{ "exports": { "./contracts": "./contracts/mod.ts" } }',
  "contracts/mod.ts": '/** A door. */\nexport { type Shape, shapeOf } from "./shape.ts"\n',
  "contracts/shape.ts": "/** A shape. */\n\n/** A shape. */\nexport interface Shape {}\n\n" +
    "/** Makes one. */\nexport const shapeOf = () => ({})\n",
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
  assert.match(first ?? "", /^contracts\/shape\.ts:4 Shape of contracts\/mod\.ts is shown nowhere/)
  assert.deepEqual(others, [])
})

test("a name without a doc comment is refused", () => {
  const text = published["contracts/shape.ts"].replace("/** Makes one. */\n", "")
  const [first, ...others] = problems({ "contracts/shape.ts": text })
  assert.match(first ?? "", /^contracts\/shape\.ts:6 shapeOf .* has no doc comment/)
  assert.deepEqual(others, [])
})
