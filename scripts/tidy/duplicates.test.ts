/** Tests of the rule that a small helper exists once. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { duplicates } from "./duplicates.ts"
import { placesOf, treeOf } from "./rule.ts"

const helper = (name: string, parameter: string) =>
  `/** A file. */\n\nconst ${name} = (${parameter}: string): string =>\n` +
  `  ${parameter}.slice(0, ${parameter}.indexOf("."))\n`

test("the same function in two rooms is refused, whatever it and its parameters are called", () => {
  const tree = treeOf({ "actors/a.ts": helper("one", "x"), "wire/b.ts": helper("two", "name") })
  assert.deepEqual(placesOf(duplicates(tree)), ["wire/b.ts:3"])
})

test("another body, a short one, and one in a test are taken", () => {
  const tree = treeOf({
    "actors/a.ts": helper("one", "x"),
    "wire/b.ts": helper("two", "x").replace("indexOf", "lastIndexOf"),
    "wire/b.test.ts": helper("two", "x"),
    "scripts/c.ts": helper("two", "x"),
    "wire/d.ts": "/** A file. */\nconst add = (a: number) => a + 1\n",
    "wire/e.ts": "/** A file. */\nconst sum = (a: number) => a + 1\n",
  })
  assert.deepEqual(duplicates(tree), [])
})
