/** Tests of the sentence rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { placesOf, treeOf } from "./rule.ts"
import { sentences } from "./sentences.ts"

const found = (text: string, path = "actors/a.ts") => placesOf(sentences(treeOf({ [path]: text })))

test("a file begins with a sentence", () => {
  assert.deepEqual(found(`import "./b.ts"\n`), ["actors/a.ts:1"])
  assert.deepEqual(found(`/* An actor. */\n`), ["actors/a.ts:1"])
  assert.deepEqual(found(`/** an actor */\n`), ["actors/a.ts:1"])
  assert.deepEqual(found(`/** An actor. */\n`), [])
  assert.deepEqual(found(`/**\n * An actor.\n *\n * @module\n */\n`), [])
})

test("an export has a doc comment directly above it", () => {
  const bare = `/** A. */\nimport "./b.ts"\n\nexport const a = 1\nexport async function b() {}\n`
  assert.deepEqual(found(bare), ["actors/a.ts:4", "actors/a.ts:5"])
  assert.deepEqual(found(`/** A. */\n\n/** One. */\n\nexport type A = 1\n`), ["actors/a.ts:5"])
  assert.deepEqual(found(`/** A. */\n\n// One.\nexport class A {}\n`), ["actors/a.ts:4"])
  assert.deepEqual(found(`/** A. */\n\n/**\n * One.\n */\nexport interface A {}\n`), [])
})

test("overloads share a comment, and re-exports and tests need none", () => {
  const overloads = "export function a(b: 1): 1\nexport function a(b: 2): 2\n"
  assert.deepEqual(found(`/** A. */\n\n/** One. */\n${overloads}`), [])
  const again = `/** A. */\nexport * from "./b.ts"\nexport type { C } from "./c.ts"\nexport { d }\n`
  assert.deepEqual(found(again, "actors/mod.ts"), [])
  assert.deepEqual(found(`/** A. */\n\nexport const a = 1\n`, "actors/a.suite.ts"), [])
})
