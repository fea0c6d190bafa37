/** What all keepers of timers do: the suite that their twins share. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import type { Due } from "../../due.ts"
import { lagBecomes } from "../subscription.suite.ts"
import { type FiredTimer, NEVER, type Timers } from "./timers.ts"

/** What the suite runs on. */
export interface TimersFixture {
  readonly timers: Timers
  /** The clock by which timers fire, in milliseconds since 1970. */
  readonly now: () => number
  /** Lets time pass, if it does not pass by itself. */
  readonly pass: (ms: number) => Promise<void>
}

type Open = () => Promise<TimersFixture>

/** Collects the timers that fire, and resolves when enough have. */
class Collector {
  readonly fired: FiredTimer[] = []
  #check = () => {}

  take = (fired: FiredTimer): Promise<boolean> => {
    this.fired.push(fired)
    this.#check()
    return Promise.resolve(true)
  }

  /** Resolves when so many timers have fired, or those that have are as wanted. */
  until(wanted: number | ((fired: readonly FiredTimer[]) => boolean)): Promise<void> {
    const enough = typeof wanted === "number" ? () => this.fired.length >= wanted : wanted
    return new Promise((resolve) => {
      this.#check = () => {
        if (enough(this.fired)) resolve()
      }
      this.#check()
    })
  }

  get said(): string[] {
    return this.fired.map(({ key, payload }) => `${key}:${text.decode(payload)}`)
  }
}

const utf8 = new TextEncoder()
const text = new TextDecoder()

const POLICY = "bank.interest"

const timer = (key: string, due: Due, what = "", policy = POLICY) => ({
  policy,
  key,
  due,
  payload: utf8.encode(what),
})

const once = (open: Open) => {
  test("a timer fires at its time and not before, with its payload", async () => {
    const { timers, now, pass } = await open()
    const seen = new Collector()
    const at = now() + 300
    await timers.set(timer("later", { at }, "pay"))
    await timers.set(timer("now", { at: now() - 60_000 }, "past"))
    assert.equal(await timers.count("bank"), 2, "one that has fired and is not done counts")
    const serving = await timers.serve("bank", seen.take)
    await pass(100)
    await seen.until(1)
    assert.deepEqual(seen.said, ["now:past"])
    await pass(1_000)
    await seen.until(2)
    assert.ok(now() >= at)
    assert.deepEqual(seen.said, ["now:past", "later:pay"])
    const { policy, key, occurrence } = seen.fired[1]!
    assert.deepEqual([policy, key, occurrence], [POLICY, "later", undefined])
    assert.equal(new Set(seen.fired.map(({ sequence }) => sequence)).size, 2)
    await lagBecomes(serving.lag, 0)
    serving.close()
  })

  test("a timer set again is replaced, and one that is cancelled does not fire", async () => {
    const { timers, now, pass } = await open()
    const seen = new Collector()
    await timers.set(timer("again", { at: now() + 300 }, "first"))
    await timers.set(timer("gone", { at: now() + 300 }))
    await timers.set(timer("again", { at: now() + 500 }, "second"))
    await timers.cancel(POLICY, "gone")
    await timers.cancel(POLICY, "never-set")
    await timers.set(timer("last", { at: now() + 900 }))
    const serving = await timers.serve("bank", seen.take)
    await pass(2_000)
    await seen.until(2)
    serving.close()
    assert.deepEqual(seen.said, ["again:second", "last:"])
  })

  test("a key belongs to one policy, and a timer to one context", async () => {
    const { timers, now, pass } = await open()
    const [bank, post] = [new Collector(), new Collector()]
    const due = { at: now() + 200 }
    await timers.set(timer("same", due, "one"))
    await timers.set(timer("same", due, "two", "bank.fees"))
    await timers.set(timer("same", due, "three", "post.stamps"))
    await timers.set(timer("other", { at: now() + 200 }, "kept"))
    await timers.cancel("bank.fees", "other")
    assert.deepEqual([await timers.count("bank"), await timers.count("post")], [3, 1])
    const serving = [await timers.serve("bank", bank.take), await timers.serve("post", post.take)]
    await pass(1_000)
    await Promise.all([bank.until(3), post.until(1)])
    for (const { lag } of serving) await lagBecomes(lag, 0)
    assert.deepEqual([await timers.count("bank"), await timers.count("post")], [0, 0])
    for (const { close } of serving) close()
    assert.deepEqual(bank.said.toSorted(), ["other:kept", "same:one", "same:two"])
    assert.deepEqual(post.said, ["same:three"])
    assert.deepEqual(bank.fired.map(({ policy }) => policy).toSorted(), [
      "bank.fees",
      POLICY,
      POLICY,
    ])
  })
}

const recurring = (open: Open) => {
  const schedules: [string, Due][] = [
    ["interval", { everyMs: 1_000 }],
    ["calendar", { cron: "* * * * * *", zone: "Europe/Berlin" }],
  ]
  for (const [what, due] of schedules) {
    test(`a timer by ${what} fires repeatedly, each time with another occurrence`, async () => {
      const { timers, pass } = await open()
      const seen = new Collector()
      await timers.set(timer("tick", due, "tock"))
      const serving = await timers.serve("bank", seen.take)
      await pass(4_000)
      await seen.until(3)
      await timers.cancel(POLICY, "tick")
      serving.close()
      const occurrences = seen.fired.map(({ occurrence = "" }) => Date.parse(occurrence))
      assert.equal(new Set(occurrences).size, occurrences.length)
      assert.deepEqual(occurrences, occurrences.toSorted((one, other) => one - other))
      assert.ok(seen.said.every((said) => said === "tick:tock"))
    })
  }

  test("a recurring timer that is cancelled fires no more", async () => {
    const { timers, now, pass } = await open()
    const seen = new Collector()
    await timers.set(timer("tick", { everyMs: 1_000 }))
    const serving = await timers.serve("bank", seen.take)
    await pass(1_500)
    await seen.until(1)
    await timers.cancel(POLICY, "tick")
    const cancelled = now()
    await timers.set(timer("end", { at: cancelled + 2_500 }))
    await pass(3_000)
    await seen.until((fired) => fired.some(({ key }) => key === "end"))
    serving.close()
    const ticks = seen.fired.filter(({ key }) => key === "tick")
    // The timers that had fired by then say when they would have fired next.
    assert.ok(ticks.every(({ occurrence = "" }) => Date.parse(occurrence) <= cancelled + 1_500))
  })
}

const listed = (open: Open) => {
  test("timers that recur are listed as they wait, until they are cancelled", async () => {
    const { timers } = await open()
    const dues: Record<string, Due> = {
      hourly: { everyMs: 3_600_000 },
      nightly: { cron: "0 0 3 * * *", zone: "Europe/Berlin" },
      yearly: { everyMs: 31_536_000_000 },
    }
    for (const [key, due] of Object.entries(dues)) await timers.set(timer(key, due, key))
    await timers.set(timer("once", { at: Date.UTC(2199, 0, 1) }))
    await timers.set(timer("other", { everyMs: 3_600_000 }, "", "post.other"))
    await timers.set(timer("yearly", NEVER, "suspended"))
    const keys = async () => (await timers.recurring("bank")).map(({ key }) => key).toSorted()
    assert.deepEqual(await keys(), ["hourly", "nightly", "yearly"])
    const nightly = await timers.waiting(POLICY, "nightly")
    assert.deepEqual([nightly?.policy, nightly?.key], [POLICY, "nightly"])
    assert.deepEqual(nightly?.due, dues.nightly)
    assert.equal(text.decode(nightly?.payload), "nightly")
    assert.deepEqual((await timers.waiting(POLICY, "yearly"))?.due, NEVER)
    assert.deepEqual((await timers.waiting(POLICY, "once"))?.due, { at: Date.UTC(2199, 0, 1) })
    assert.equal(await timers.waiting(POLICY, "none"), undefined)
    await timers.cancel(POLICY, "hourly")
    assert.deepEqual(await keys(), ["nightly", "yearly"])
    await timers.set(timer("hourly", { everyMs: 3_600_000 }))
    assert.deepEqual(await keys(), ["hourly", "nightly", "yearly"])
    for (const key of [...Object.keys(dues), "once"]) await timers.cancel(POLICY, key)
    await timers.cancel("post.other", "other")
    assert.deepEqual(await keys(), [])
  })
}

const served = (open: Open) => {
  test("a timer that fires while it is not served is kept, and handed out later", async () => {
    const { timers, now, pass } = await open()
    const seen = new Collector()
    await timers.set(timer("kept", { at: now() + 100 }))
    await pass(1_000)
    const serving = await timers.serve("bank", seen.take)
    await seen.until(1)
    serving.close()
    assert.deepEqual(seen.said, ["kept:"])
  })

  test("a timer that is not done goes to the next handler, and counts as lag", async () => {
    const { timers, now, pass } = await open()
    await timers.set(timer("undone", { at: now() }))
    let started = () => {}
    let leave = () => {}
    const starts = new Promise<void>((resolve) => started = resolve)
    const left = new Promise<void>((resolve) => leave = resolve)
    const first = await timers.serve("bank", async () => {
      started()
      await left
      return false
    })
    await pass(1_000)
    await starts
    await lagBecomes(first.lag, 1)
    first.close()
    leave()
    const seen = new Collector()
    const second = await timers.serve("bank", seen.take)
    await seen.until(1)
    await lagBecomes(second.lag, 0)
    second.close()
    assert.deepEqual(seen.said, ["undone:"])
  })
}

/** Runs the suite; `open` gives a keeper without timers each time. */
export const timersSuite = (open: Open): void => {
  describe("timers that fire once", () => once(open))
  describe("timers that recur", { concurrency: true }, () => recurring(open))
  describe("listing timers", () => listed(open))
  describe("serving timers", () => served(open))
}
