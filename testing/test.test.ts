/** Tests of tests: what one of them mocks is real again for the next. */
import assert from "node:assert/strict"
import { pause } from "../wire/internal.ts"
import { test } from "./test.ts"

test("a clock and timers are mocked", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  t.mock.method(performance, "now", () => 1)
  assert.equal(performance.now(), 1)
})

test("and are real again afterwards", async () => {
  assert.notEqual(performance.now(), 1)
  await pause(1)
})
