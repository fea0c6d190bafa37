/** Tests of waiting in tests. */
import assert from "node:assert/strict"
import { test } from "./test.ts"
import { until } from "./until.ts"

test("what holds already is given at once", async () => {
  assert.equal(await until(() => "here"), "here")
})

test("what comes to hold is waited for, while timers go on", async () => {
  const soon = AbortSignal.timeout(5)
  await until(() => soon.aborted)
})

test("what never holds fails with its text, within the limit", async () => {
  await assert.rejects(
    until(() => 1 > 2, { within: 10 }),
    /^Error: not within 10 ms: \(\) ?=> ?1 ?> ?2$/,
  )
})

test("what a claim throws is thrown on", async () => {
  await assert.rejects(until(() => Promise.reject(new TypeError("gone"))), TypeError)
})
