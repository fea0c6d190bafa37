/** Tests of the layout rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { layout } from "./layout.ts"
import { placesOf, treeOf } from "./rule.ts"

const found = (...paths: string[]) =>
  placesOf(layout(treeOf(Object.fromEntries(paths.map((path) => [path, ""])))))

test("a file or folder that the design does not name is refused at the top level", () => {
  assert.deepEqual(found("README.md", "notes.md", "src/a.ts", ".ci/run"), [
    "notes.md:1",
    "src/a.ts:1",
  ])
})

test("a name that is not kebab-case is refused", () => {
  assert.deepEqual(
    found("actors/Mailbox.ts", "actors/journal_nats.ts", "docs/decisions/0001-one-message.md"),
    ["actors/Mailbox.ts:1", "actors/journal_nats.ts:1"],
  )
})

test("a name may have parts that end in dots", () => {
  assert.deepEqual(found("actors/journal.suite.ts", "scripts/tidy/a-b.test.ts"), [])
  assert.deepEqual(found("examples/shop/deploy/systemd/one@.service"), [])
})
