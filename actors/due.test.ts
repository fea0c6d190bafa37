/** Tests of when timers fire. */
import assert from "node:assert/strict"
import { DateTime } from "effect"
import { test } from "../testing/test.ts"
import { dueOf, firesAfter } from "./due.ts"

const noon = new Date("2026-03-28T12:00:00Z")

const first = (due: ReturnType<typeof dueOf>) => new Date(firesAfter(due, noon.getTime()))

test("a duration counts from the event, and an instant does not depend on the event", () => {
  assert.deepEqual(first(dueOf("30 minutes", noon)), new Date("2026-03-28T12:30:00Z"))
  assert.deepEqual(first(dueOf({ hours: 1 }, noon)), new Date("2026-03-28T13:00:00Z"))
  const instant = new Date("2020-01-01T00:00:00Z")
  assert.deepEqual(first(dueOf(instant, noon)), instant)
  assert.deepEqual(first(dueOf(DateTime.fromDateUnsafe(instant), noon)), instant)
  const inTokyo = DateTime.makeZonedUnsafe(instant, { timeZone: "Asia/Tokyo" })
  assert.deepEqual(first(dueOf(inTokyo, noon)), instant)
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
    { cron: "0 3 * * *", zone: "+02:00" },
    { cron: "0 0 30 2 *" },
    { cron: "0 0 31 4,6 *" },
    { cron: "0 0 ? * *" },
    { cron: "@daily" },
    new Date("2262-01-01T00:00:00Z"),
    new Date(8.64e15),
    "91500 days" as const,
    "250 years" as never,
    { every: "40000 days" as const },
    Number.NaN,
    [Number.NaN, 0] as const,
    { hours: Number.NaN },
    {},
    { minuts: 5 } as never,
    { hours: 1, minuts: 5 } as never,
    { at: new Date() } as never,
    null as never,
    true as never,
    "soon" as never,
  ]
  for (const when of refused) {
    assert.throws(() => dueOf(when, noon), TypeError, JSON.stringify(when))
  }
})

test("a schedule is written in one form, which servers read as we do", () => {
  const forms: [string, string][] = [
    ["0 0 * * 7", "0 0 0 * * 0"],
    ["0 0 * * 5-7", "0 0 0 * * 0,5,6"],
    ["*/20 9-11 * jan-mar MON", "0 0,20,40 9,10,11 * 1,2,3 1"],
    ["0 0 * * 0-6", "0 0 0 * * *"],
    ["15 0 3 1,15 * *", "15 0 3 1,15 * *"],
  ]
  for (const [cron, written] of forms) {
    assert.deepEqual(dueOf({ cron }, noon), { cron: written, zone: "UTC" })
  }
  assert.deepEqual(dueOf({ cron: "0 0 29 2 *" }, noon), { cron: "0 0 0 29 2 *", zone: "UTC" })
  assert.deepEqual(dueOf(new Date(-1), noon), { at: 0 }, "what is long past fires now")
})

/** The first times of a schedule in a zone after an instant, in UTC. */
const times = (cron: string, zone: string, after: string, count: number): string[] => {
  const due = dueOf({ cron, zone }, noon)
  const found: string[] = []
  for (let at = Date.parse(after); found.length < count;) {
    at = firesAfter(due, at)
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

test("a time that clocks leave out does not come, and one that they repeat comes twice", () => {
  const berlin = "Europe/Berlin"
  assert.deepEqual(times("30 2 * * *", berlin, "2027-03-27T12:00:00Z", 2), [
    "2027-03-29T00:30",
    "2027-03-30T00:30",
  ])
  assert.deepEqual(times("30 2 * * *", berlin, "2027-10-30T12:00:00Z", 3), [
    "2027-10-31T00:30",
    "2027-10-31T01:30",
    "2027-11-01T01:30",
  ])
  // What runs every half hour runs in the repeated hour as well.
  assert.deepEqual(times("*/30 * * * *", berlin, "2027-10-30T23:45:00Z", 5), [
    "2027-10-31T00:00",
    "2027-10-31T00:30",
    "2027-10-31T01:00",
    "2027-10-31T01:30",
    "2027-10-31T02:00",
  ])
  assert.deepEqual(times("0 3 * * *", berlin, "2027-03-27T12:00:00Z", 1), ["2027-03-28T01:00"])
})

test("a calendar counts days, weekdays and zones of half hours as servers do", () => {
  // A day or a weekday is enough if both are given.
  assert.deepEqual(times("0 0 13 * 5", "UTC", "2026-11-01T00:00:00Z", 3), [
    "2026-11-06T00:00",
    "2026-11-13T00:00",
    "2026-11-20T00:00",
  ])
  assert.deepEqual(times("0 0 1 1 *", "Asia/Kolkata", "2026-06-01T00:00:00Z", 1), [
    "2026-12-31T18:30",
  ])
  assert.deepEqual(times("0 12 29 2 *", "UTC", "2026-06-01T00:00:00Z", 2), [
    "2028-02-29T12:00",
    "2032-02-29T12:00",
  ])
  assert.deepEqual(times("59 23 31 12 *", "Australia/Lord_Howe", "2026-06-01T00:00:00Z", 1), [
    "2026-12-31T12:59",
  ])
})
