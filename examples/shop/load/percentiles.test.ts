/** Tests of percentiles. */
import assert from "node:assert/strict"
import { test } from "leftfold/testing"
import { percentilesOf } from "./percentiles.ts"

test("a percentile is a time that was measured, with so many at or below it", () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.deepEqual(percentilesOf(times), { p50: 50, p90: 90, p99: 99, most: 100 })
  assert.deepEqual(percentilesOf([7]), { p50: 7, p90: 7, p99: 7, most: 7 })
  assert.deepEqual(percentilesOf([]), { p50: 0, p90: 0, p99: 0, most: 0 })
})
