/** Tests of changes: a caller is told once, of what it has not seen, and never too late. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { ViewChanges } from "./view-changes.ts"

const watched = (changes: ViewChanges, seen: Readonly<Record<string, number>>) => {
  const told = { times: 0 }
  const leave = changes.watch(seen, () => told.times++)
  return { told, leave }
}

test("while nothing is known, a caller is told at once", () => {
  assert.equal(watched(new ViewChanges(), { a: 9 }).told.times, 1)
})

test("what a caller has seen is not told, what is further is told once", () => {
  const changes = new ViewChanges()
  changes.begin({ a: 3, b: 1 })
  const { told } = watched(changes, { a: 3, b: 1 })
  changes.note({ a: 2 })
  changes.note({ a: 3, b: 1 })
  assert.equal(told.times, 0)
  changes.note({ a: 3, b: 2 })
  changes.note({ a: 4 })
  assert.equal(told.times, 1)
  assert.equal(watched(changes, { a: 4, b: 1 }).told.times, 1)
  assert.equal(watched(changes, { a: 4, b: 2 }).told.times, 0)
})

test("when changes may have been missed, everybody is told, and a caller that left is not", () => {
  const changes = new ViewChanges()
  changes.begin({ a: 1 })
  const [one, other] = [watched(changes, { a: 1 }), watched(changes, { a: 1 })]
  other.leave()
  changes.forget()
  assert.deepEqual([one.told.times, other.told.times], [1, 0])
  changes.begin({ a: 7 })
  assert.equal(watched(changes, { a: 1 }).told.times, 1)
  changes.begin({ a: 8 })
  assert.equal(watched(changes, { a: 7 }).told.times, 0)
})
