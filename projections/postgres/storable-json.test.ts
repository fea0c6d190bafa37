/** Tests of JSON for Postgres: what its texts cannot hold is replaced, however it is escaped. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { storableJson } from "./storable-json.ts"

const texts: readonly (readonly [text: string, stored: string])[] = [
  ["plain ünï 💎 \n\t\u0001", "plain ünï 💎 \n\t\u0001"],
  ["\u0000\u0000", "\ufffd\ufffd"],
  ["\ud83d\udc8e\ud83d", "💎\ufffd"],
  ["\udc8e\ud83d", "\ufffd\ufffd"],
  ["\\u0000", "\\u0000"],
  ["\\\u0000\\\\u0000\\\\\ud800", "\\\ufffd\\\\u0000\\\\\ufffd"],
]

test("only what cannot be held is replaced, in keys as in values", () => {
  for (const [text, stored] of texts) {
    const json = storableJson([{ [text]: [text] }])
    assert.deepEqual(JSON.parse(json), [{ [stored]: [stored] }])
    assert.doesNotMatch(json, /(?<!\\)(\\\\)*\\u(0000|d)/)
  }
})
