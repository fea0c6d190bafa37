/** Tests of a row cache: it forgets old rows, and never one that is not saved yet. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { weigh } from "../../wire/internal.ts"
import { type KnownRow, NOTHING } from "./fold.ts"
import { RowCache } from "./row-cache.ts"

const row = (count: number): KnownRow => ({ ...NOTHING, plain: { count } })

const rows = (...counts: number[]) => new Map(counts.map((count) => [`k${count}`, row(count)]))

const countsIn = (cache: RowCache, ...counts: number[]) =>
  counts.map((count) => cache.get(`k${count}`)?.plain?.count)

test("what was touched last is remembered, up to the bound", () => {
  const cache = new RowCache(weigh(rows(1, 2, 3, 4)))
  for (const some of [rows(1, 2, 3), rows(1), rows(4, 5), rows(6)]) {
    cache.hold(some)
    cache.release()
  }
  assert.deepEqual(countsIn(cache, 1, 2, 3, 4, 5, 6), [1, undefined, undefined, 4, 5, 6])
})

test("rows that wait to be saved are remembered beyond the bound, the latest of each", () => {
  const cache = new RowCache(1)
  cache.hold(rows(1, 2, 3))
  cache.hold(new Map([["k1", row(10)]]))
  cache.hold(rows(4))
  assert.deepEqual(countsIn(cache, 1, 2, 3, 4), [10, 2, 3, 4])
  cache.release()
  cache.hold(rows(5))
  cache.release()
  assert.deepEqual(countsIn(cache, 1, 2, 3, 4, 5), [10, 2, 3, 4, 5])
  cache.release()
  assert.deepEqual(countsIn(cache, 1, 4, 5), [undefined, undefined, 5])
})

test("rows count by their size", () => {
  const cache = new RowCache(100_000)
  for (let count = 0; count < 100; count++) {
    cache.hold(new Map([[`k${count}`, { ...NOTHING, plain: { text: "x".repeat(10_000) } }]]))
    cache.release()
  }
  const left = Array.from({ length: 100 }, (_, count) => cache.get(`k${count}`)).filter(Boolean)
  assert.ok(left.length > 0 && left.length <= 10, `${left.length} rows are left`)
})
