/** Tests that a header of commands touches one source file, as docs/contributing.md says. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { readRepository } from "./repository.ts"
import { isTest, topOf } from "./rule.ts"

/** Where a command becomes an event, and an event reaches handlers. */
const PASSED_THROUGH = new Set(["contracts", "wire", "actors", "projections", "app"])

test("only wire/metadata.ts spells a member of metadata that nothing interprets", () => {
  const tree = readRepository(new URL("../..", import.meta.url).pathname)
  const spelling = [...tree].filter(([path, text]) =>
    PASSED_THROUGH.has(topOf(path)) && !isTest(path) && /traceparent/i.test(text)
  )
  assert.deepEqual(spelling.map(([path]) => path), ["wire/metadata.ts"])
})
