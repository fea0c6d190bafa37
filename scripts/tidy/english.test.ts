/** Tests of the rule of English. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { english } from "./english.ts"
import { placesOf, treeOf } from "./rule.ts"

const found = (path: string, text: string) => placesOf(english(treeOf({ [path]: text })))

test("constructions that a reader stumbles over are refused in documents", () => {
  const text =
    "# A\n\nIt is read anew.\nThere is none.\nWho asks is answered.\nIt stands beside it.\n"
  assert.deepEqual(found("docs/a.md", text), [3, 4, 5, 6].map((line) => `docs/a.md:${line}`))
})

test("they are refused in comments, and code is not looked at", () => {
  const text = "/** A file. */\n// Whoever asks.\nconst anew = `beside` // Read again.\n"
  assert.deepEqual(found("actors/a.ts", text), ["actors/a.ts:2"])
})

test("code in a document and plain questions are left alone", () => {
  const text = "# A\n\n    anew\n\n```\nbeside\n```\n\nThe word `anew`. Who may ask?\n"
  assert.deepEqual(found("docs/a.md", text), [])
})
