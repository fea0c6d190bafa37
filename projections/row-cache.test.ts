/** What holds of a row cache: what is not saved yet is never forgotten, what is old is. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { type KnownRow, NOTHING } from "./fold.ts"
import { RowCache } from "./row-cache.ts"

const row = (count: number): KnownRow => ({ ...NOTHING, plain: { count }, stored: true })

const rows = (...counts: number[]) => new Map(counts.map((count) => [`k${count}`, row(count)]))

test("what was touched last is remembered, up to the bound", () => {
  const cache = new RowCache(3)
  for (const some of [rows(1, 2), rows(3), rows(1), rows(4)]) cache.release(some)
  assert.deepEqual([1, 2, 3, 4].map((count) => cache.get(`k${count}`)?.plain?.count), [
    1,
    undefined,
    3,
    4,
  ])
})

test("rows that wait to be saved are remembered beyond the bound, the latest of each", () => {
  const cache = new RowCache(1)
  const [first, second] = [rows(1, 2, 3), new Map([["k1", row(10)]])]
  cache.hold(first)
  cache.hold(second)
  assert.deepEqual(cache.get("k1"), row(10))
  assert.deepEqual(cache.get("k2"), row(2))
  cache.release(first)
  assert.deepEqual(cache.get("k1"), row(10))
  assert.equal(cache.get("k2"), undefined)
  cache.release(second)
  assert.deepEqual(cache.get("k1"), row(10))
})
