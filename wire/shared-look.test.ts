/** Tests of shared looks: simultaneous callers share one look. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { sharedLook } from "./shared-look.ts"

test("callers during a look share it, and also its failure", async () => {
  let looks = 0
  let end = (_: number | Error) => {}
  const look = sharedLook(() => {
    looks++
    return new Promise<number>((resolve, reject) => {
      end = (found) => found instanceof Error ? reject(found) : resolve(found)
    })
  }, 0)
  const asked = Array.from({ length: 500 }, look)
  end(7)
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([7]))
  assert.equal(looks, 1)
  const failing = [look(), look()]
  end(new Error("lost"))
  for (const each of failing) await assert.rejects(each, /lost/)
  assert.equal(looks, 2)
})

test("a result is reused for a moment, and then there is a new look", async (t) => {
  t.mock.method(performance, "now", () => nowMs)
  let [nowMs, looks] = [1_000, 0]
  const look = sharedLook(() => Promise.resolve(++looks), 250)
  assert.equal(await look(), 1)
  nowMs += 249
  assert.equal(await look(), 1)
  nowMs += 1
  assert.equal(await look(), 2)
})
