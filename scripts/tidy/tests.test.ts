/** Tests of the rule that tests have a limit of time. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { tests } from "./tests.ts"

const found = (path: string, text: string) => tests(new Map([[path, text]])).map(({ line }) => line)

test("a test without a limit is refused, wherever it stands", () => {
  const text = 'import assert from "node:assert"\nimport { after, test } from "node:test"\n'
  assert.deepEqual(found("actors/a.test.ts", text), [2])
  assert.deepEqual(found("wire/wire.suite.ts", text), [2])
  assert.deepEqual(found("testing/test.ts", text), [])
})

test("what else node:test has may be used", () => {
  const text = 'import { after, describe, type TestContext } from "node:test"\n'
  assert.deepEqual(found("actors/a.test.ts", text), [])
})
