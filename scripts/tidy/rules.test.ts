/** Tests of all rules together. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { treeOf } from "./rule.ts"
import { lineOf, violationsOf } from "./rules.ts"

test("violations of every rule come in the order of paths and lines", () => {
  const tree = treeOf({
    "README.md": "# Leftfold\n",
    "actors/b.ts": `/** B. */\n// TODO\nimport "nats"\n`,
    "actors/a.ts": `import "../gateway/mod.ts"\n`,
  })
  assert.deepEqual(
    violationsOf(tree).map(({ path, line, rule }) => `${path}:${line} ${rule}`),
    [
      "actors/a.ts:1 imports",
      "actors/a.ts:1 sentences",
      "actors/b.ts:2 leftovers",
      "actors/b.ts:3 drivers",
    ],
  )
})

test("a violation is printed as its place, its rule and what to do", () => {
  const violation = { path: "actors/a.ts", line: 3, rule: "lengths", message: "split it" }
  assert.equal(lineOf(violation), "actors/a.ts:3 lengths: split it")
  assert.equal(
    lineOf({ ...violation, warning: true }),
    "actors/a.ts:3 lengths: warning: split it",
  )
})
