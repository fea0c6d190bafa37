/** Tests of which text a database can hold. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { storableText, storableValue } from "./storable-text.ts"

const texts: readonly (readonly [text: string, stored: string])[] = [
  ["plain ünï 💎 \n\t\u0001", "plain ünï 💎 \n\t\u0001"],
  ["\u0000\u0000", "\ufffd\ufffd"],
  ["\ud83d\udc8e\ud83d", "💎\ufffd"],
  ["\udc8e\ud83d", "\ufffd\ufffd"],
  ["\\u0000", "\\u0000"],
  ["\\\u0000\\\\u0000\\\\\ud800", "\\\ufffd\\\\u0000\\\\\ufffd"],
]

test("only what cannot be held is replaced", () => {
  for (const [text, stored] of texts) assert.equal(storableText(text), stored)
})

test("the same holds of a value, however deep its texts are", () => {
  for (const [text, stored] of texts) {
    const value = { text, list: [1, [text], null], map: { text, none: undefined, is: true } }
    const wanted = {
      text: stored,
      list: [1, [stored], null],
      map: { text: stored, none: undefined, is: true },
    }
    assert.deepEqual(storableValue(value), wanted)
  }
})
