/** Tests of newer events: what an old process remembers of events that wait for newer code. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { POLICY } from "../limits.ts"
import { NewerEvents } from "./newer-events.ts"

const HOUR_MS = 3_600_000

const setUp = () => {
  const clock = { nowMs: HOUR_MS }
  const newer = new NewerEvents(() => clock.nowMs)
  const note = (sequence: number, actor = "a") =>
    newer.note(`evt.lab.${actor}`, sequence, `lab:${sequence}`, "too new")
  return { clock, newer, note, behind: (at: number) => newer.isBehind("evt.lab.a", at) }
}

test("events behind a newer one are as old as it, also once it is parked", () => {
  const { clock, newer, note, behind } = setUp()
  for (let round = 0; round < 100; round++) {
    assert.equal(note(1), HOUR_MS)
    clock.nowMs += POLICY.newerMs / 2
  }
  assert.equal(note(2), HOUR_MS)
  assert.deepEqual([behind(1), behind(2)], [false, true])
  assert.deepEqual([newer.stuck, newer.sinceMs], [["lab:1: too new"], HOUR_MS])
  newer.parked("evt.lab.a")
  assert.equal(note(2), HOUR_MS)
  assert.deepEqual([behind(2), newer.stuck, newer.sinceMs], [false, [], undefined])
})

test("an event that no longer comes is in the hands of another process", () => {
  const { clock, newer, note, behind } = setUp()
  note(1)
  clock.nowMs += POLICY.newerMs
  assert.deepEqual([behind(2), newer.stuck], [false, []])
  assert.equal(note(2), clock.nowMs)
})

test("nothing waits behind a newer event that was stepped over", () => {
  const { newer, note, behind } = setUp()
  note(1)
  newer.done("evt.lab.a", 0)
  newer.done("evt.lab.b", 1)
  assert.equal(behind(2), true)
  newer.done("evt.lab.a", 1)
  assert.equal(behind(2), false)
})

test("no more events are remembered than are handed out", () => {
  const { clock, newer, note, behind } = setUp()
  note(1)
  for (let actor = 0; actor < POLICY.pending; actor++) note(2, `b-${actor}`)
  assert.equal(behind(2), false)
  clock.nowMs += POLICY.newerMs - 1
  for (let actor = 0; actor < POLICY.pending; actor++) note(2, `b-${actor}`)
  clock.nowMs += 1
  for (let actor = 0; actor < POLICY.pending; actor++) note(2, `b-${actor}`)
  assert.equal(newer.stuck.length, POLICY.pending)
})
