/** Tests of the virtual clock. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { VirtualClock } from "./virtual-clock.ts"

const HOUR_MS = 3_600_000

const settled = () => Promise.resolve()

test("alarms on the way ring in their order, each at its time", async () => {
  const clock = new VirtualClock()
  const [start, rung] = [clock.now(), new Array<string>()]
  const ring = (name: string, at: number) => () => {
    rung.push(name)
    assert.ok(Math.abs(clock.now() - at) < 1_000)
  }
  for (const [name, hours] of [["two", 2], ["one", 1], ["three", 3]] as const) {
    const at = start + hours * HOUR_MS
    clock.alarm(at, ring(name, at))
  }
  await clock.advance(2.5 * HOUR_MS, settled)
  assert.deepEqual(rung, ["one", "two"])
  assert.ok(clock.now() - start >= 2.5 * HOUR_MS)
  clock.stop()
})

test("an alarm set on the way rings on the way, and a cancelled alarm does not ring", async () => {
  const clock = new VirtualClock()
  const [start, rung] = [clock.now(), new Array<string>()]
  let wanted = true
  clock.alarm(start + HOUR_MS, () => rung.push("first"))
  const back = clock.alarm(start + HOUR_MS, () => rung.push("taken back"))
  back()
  await clock.advance(3 * HOUR_MS, () => {
    if (rung.length === 1 && wanted) {
      wanted = false
      clock.alarm(clock.now() + HOUR_MS, () => rung.push("set on the way"))
    }
    return Promise.resolve()
  })
  assert.deepEqual(rung, ["first", "set on the way"])
  clock.stop()
})

test("an alarm rings by itself when its time has come", async () => {
  const clock = new VirtualClock()
  await new Promise<void>((resolve) => clock.alarm(clock.now() + 20, resolve))
  await new Promise<void>((resolve) => clock.alarm(clock.now() - 20, resolve))
  clock.stop()
})

test("an alarm that is set after the stop never rings, and keeps no process alive", async () => {
  const clock = new VirtualClock()
  clock.stop()
  let rung = false
  clock.alarm(clock.now() + 10, () => rung = true)()
  clock.alarm(clock.now() + 10, () => rung = true)
  await clock.advance(60_000, () => Promise.resolve())
  assert.equal(rung, false)
})
