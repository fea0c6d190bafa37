/** Tests of deadlines: every one fires, and the timer stops after the last one. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { type Clock, Deadlines } from "./deadlines.ts"

/** A clock that a test moves. Its timer runs once per move. It starts at the start of a tick. */
const handClock = (start = 12_350) => {
  let [now, run] = [start, undefined as (() => void) | undefined]
  const clock: Clock = {
    now: () => now,
    every: (_milliseconds, given) => {
      run = given
      return () => run = undefined
    },
  }
  return {
    clock,
    running: () => run !== undefined,
    advance: (milliseconds: number) => {
      now += milliseconds
      run?.()
    },
  }
}

const make = () => {
  const expired: number[] = []
  const hand = handClock()
  return { ...hand, expired, deadlines: new Deadlines((token) => expired.push(token), hand.clock) }
}

test("a token expires when its time has come, and not before", () => {
  const { deadlines, advance, expired } = make()
  deadlines.add(1, 1_000)
  advance(999)
  assert.deepEqual(expired, [])
  advance(51)
  assert.deepEqual(expired, [1])
})

test("deadlines expire in the order of their time", () => {
  const { deadlines, advance, expired } = make()
  deadlines.add(1, 900)
  deadlines.add(2, 100)
  deadlines.add(3, 500)
  for (let tick = 0; tick < 30; tick++) advance(50)
  assert.deepEqual(expired, [2, 3, 1])
})

test("a deadline that has already passed expires within the next ticks", () => {
  for (const afterMs of [0, -1, -100_000, NaN]) {
    const { deadlines, advance, expired, running } = make()
    deadlines.add(1, 60_000)
    advance(10_000)
    deadlines.add(2, afterMs)
    advance(100)
    assert.deepEqual(expired, [2])
    advance(50_000)
    assert.deepEqual(expired, [2, 1])
    assert.equal(running(), false)
  }
})

test("a process that was paused for a while misses no deadline", () => {
  const { deadlines, advance, expired } = make()
  for (let token = 0; token < 100; token++) deadlines.add(token, token * 37)
  advance(3_600_000)
  assert.equal(new Set(expired).size, 100)
})

test("whenever tokens are added, each expires once and within two ticks", () => {
  const { deadlines, advance, expired } = make()
  let [seed, now] = [7, 0]
  const due = new Map<number, number>()
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
  for (let step = 0; step < 5_000; step++) {
    const afterMs = random(400)
    deadlines.add(step, afterMs)
    due.set(step, now + afterMs)
    const passed = random(50)
    now += passed
    advance(passed)
    for (const token of expired.splice(0)) {
      const at = due.get(token)
      assert.ok(at !== undefined && at <= now && now - at < 200, `${token} at ${now}, due ${at}`)
      due.delete(token)
    }
    for (const at of due.values()) assert.ok(now - at <= 150, `due ${at} is missed at ${now}`)
  }
})

test("no timer runs when nothing is due, and one starts again", () => {
  const { deadlines, advance, expired, running } = make()
  assert.equal(running(), false)
  deadlines.add(1, 10)
  assert.equal(running(), true)
  advance(200)
  assert.equal(running(), false)
  deadlines.add(2, 10)
  advance(200)
  assert.deepEqual(expired, [1, 2])
  deadlines.add(3, 10)
  deadlines.clear()
  assert.equal(running(), false)
  advance(200)
  assert.deepEqual(expired, [1, 2])
})

test("a deadline that is set while others expire is kept", () => {
  const { clock, advance } = handClock()
  const expired: number[] = []
  const deadlines: Deadlines = new Deadlines((token) => {
    expired.push(token)
    if (token < 3) deadlines.add(token + 1, 0)
  }, clock)
  deadlines.add(1, 10)
  for (let tick = 0; tick < 10; tick++) advance(50)
  assert.deepEqual(expired, [1, 2, 3])
})
