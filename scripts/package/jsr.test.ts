/** Test of what JSR asks of published sources; `deno publish --dry-run` checks all of it. */
import assert from "node:assert/strict"
import { fileURLToPath } from "node:url"
import { test } from "../../testing/test.ts"
import { readRepository } from "../tidy/repository.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const PUBLISHED = /^(contracts|wire|actors|projections|gateway|app|simulation|testing)\//
const TRIALS = /\.(test|suite)\.ts$|\/fixtures\//

test("no published class extends an expression: its type would have to be inferred", () => {
  const found = [...readRepository(root)]
    .filter(([path]) => PUBLISHED.test(path) && path.endsWith(".ts") && !TRIALS.test(path))
    .filter(([, text]) => /^export class [^{]*?\bextends\s+[\w.]+\(/m.test(text))
    .map(([path]) => path)
  assert.deepEqual(found, [])
})
