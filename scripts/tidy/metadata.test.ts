/** Tests that a header of commands touches few source files, as docs/contributing.md says. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { METADATA_NAMES } from "../../wire/internal.ts"
import { readRepository } from "./repository.ts"
import { isTest, topOf } from "./rule.ts"

/** Where a command becomes an event, and an event reaches handlers. */
const PASSED_THROUGH = new Set(["contracts", "wire", "actors", "projections", "app"])

/** In Protobuf each member has a number that never changes, so these files name them all. */
const NUMBERED = {
  "app/schema/own-proto.ts": (name: string) => `optional string ${name} = `,
  "wire/format/protobuf-messages.ts": (name: string) => `name: "${name}", kind: "string"`,
}

test("only wire/metadata.ts spells a member of metadata that nothing interprets", () => {
  const tree = readRepository(new URL("../..", import.meta.url).pathname)
  const spelling = [...tree].filter(([path, text]) =>
    PASSED_THROUGH.has(topOf(path)) && !isTest(path) && /baggage/i.test(text)
  )
  const files = [...Object.keys(NUMBERED), "wire/limits.ts", "wire/metadata.ts"]
  assert.deepEqual(spelling.map(([path]) => path), files)
  for (const [path, spelled] of Object.entries(NUMBERED)) {
    const missing = METADATA_NAMES.filter((name) => !tree.get(path)!.includes(spelled(name)))
    assert.deepEqual(missing, [], `members without a number in ${path}`)
  }
})
