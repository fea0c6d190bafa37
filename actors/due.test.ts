/** Tests of when timers fire. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { dueOf, firesAfter } from "./due.ts"

const noon = new Date("2026-03-28T12:00:00Z")

const first = (due: ReturnType<typeof dueOf>) => new Date(firesAfter(due, noon.getTime()))

test("a duration counts from the event, and an instant does not depend on the event", () => {
  assert.deepEqual(first(dueOf("30 minutes", noon)), new Date("2026-03-28T12:30:00Z"))
  assert.deepEqual(first(dueOf({ hours: 1 }, noon)), new Date("2026-03-28T13:00:00Z"))
  const instant = new Date("2020-01-01T00:00:00Z")
  assert.deepEqual(first(dueOf(instant, noon)), instant)
})

test("an interval counts from its start", () =>
  assert.deepEqual(first(dueOf({ every: "1 hour" }, noon)), new Date("2026-03-28T13:00:00Z")))

test("a calendar is in UTC or in a zone, summer time included, with seconds or without", () => {
  const night = { cron: "0 3 * * *" }
  assert.deepEqual(first(dueOf(night, noon)), new Date("2026-03-29T03:00:00Z"))
  const berlin = dueOf({ ...night, zone: "Europe/Berlin" }, noon)
  assert.deepEqual(first(berlin), new Date("2026-03-29T01:00:00Z"))
  const seconds = dueOf({ cron: "30 0 3 * * *" }, noon)
  assert.deepEqual(first(seconds), new Date("2026-03-29T03:00:30Z"))
})

test("a timer that can never fire is refused", () => {
  const refused = [
    "Infinity" as const,
    new Date(Number.NaN),
    { every: "500 millis" as const },
    { cron: "often" },
    { cron: "0 3 * * *", zone: "Mars/Olympus" },
  ]
  for (const when of refused) {
    assert.throws(() => dueOf(when, noon), TypeError, JSON.stringify(when))
  }
})
