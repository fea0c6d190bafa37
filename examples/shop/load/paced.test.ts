/** Tests of working through a list at a pace. */
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { test } from "leftfold/testing"
import { paced } from "./paced.ts"

const list = Array.from({ length: 30 }, (_, number) => number)

test("everything is done once, in its order, and never more than so many at a time", async () => {
  const begun: number[] = []
  let [now, most] = [0, 0]
  await paced(list, { atOnce: 4 }, async (each) => {
    begun.push(each)
    most = Math.max(most, ++now)
    await setImmediate()
    now--
  })
  assert.deepEqual(begun, list)
  assert.equal(most, 4)
})

test("nothing begins before it is due", async () => {
  const early: number[] = []
  const dues: number[] = []
  const began = performance.now()
  await paced(list, { atOnce: 30, rate: 1_000 }, (each, dueMs) => {
    dues.push(dueMs)
    if (performance.now() < dueMs) early.push(each)
    return Promise.resolve()
  })
  assert.deepEqual(early, [])
  assert.ok(performance.now() - began >= 28)
  dues.sort((one, other) => one - other)
  assert.ok(dues.every((due, index) => index === 0 || Math.abs(due - dues[index - 1]! - 1) < 0.01))
})

test("after a failure nothing more begins", async () => {
  const begun: number[] = []
  const failing = paced(list, { atOnce: 2 }, async (each) => {
    begun.push(each)
    await setImmediate()
    if (each === 3) throw new Error("three")
  })
  await assert.rejects(failing, /three/)
  for (const _turn of list) await setImmediate()
  assert.ok(begun.length <= 6, String(begun))
})
