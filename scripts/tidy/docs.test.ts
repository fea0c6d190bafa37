/** Tests of the rule on documents. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { docs } from "./docs.ts"
import { placesOf, treeOf } from "./rule.ts"

const readme = { "README.md": "# Leftfold\n" }

const found = (files: Record<string, string>) => placesOf(docs(treeOf({ ...readme, ...files })))

test("there is a README of at most 150 lines", () => {
  assert.deepEqual(placesOf(docs(treeOf({}))), ["README.md:1"])
  assert.deepEqual(found({ "README.md": `# A\n${"a\n".repeat(150)}` }), ["README.md:151"])
  assert.deepEqual(found({ "README.md": `# A\n${"a\n".repeat(149)}` }), [])
})

test("a document begins with its title", () => {
  assert.deepEqual(found({ "docs/a.md": "Title\n" }), ["docs/a.md:1"])
  assert.deepEqual(found({ "docs/a.md": "## Title\n" }), ["docs/a.md:1"])
})

test("a relative link leads to a file or a folder", () => {
  const text = "# A\n[b](b.md) [c](../README.md#top) [d](../docs/) [e](https://a.example/e)\n"
  assert.deepEqual(found({ "docs/a.md": text }), ["docs/a.md:2"])
  assert.deepEqual(found({ "docs/a.md": text, "docs/b.md": "# B\n" }), [])
  assert.deepEqual(found({ "docs/a.md": "# A\n\n[b]: ./missing.md\n" }), ["docs/a.md:3"])
})

test("code in a document has no links", () => {
  assert.deepEqual(found({ "docs/a.md": "# A\n```ts\na[0](b)\n```\n`a[0](b)`\n" }), [])
})
