/** Tests of recurring timers whose policy has changed, or is gone. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { createClient } from "../../wire/internal.ts"
import { Accounts, Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank, tick } from "../fixtures/bank.ts"
import type { Recurring } from "../due.ts"
import { POLICY } from "../limits.ts"
import { Policy } from "../policy.ts"
import { ask, later, type Reactions } from "../reaction.ts"
import { memoryParking } from "./parking/parking-memory.ts"
import { PassedOver } from "./passed-over.ts"
import { decodeAsk } from "./plain-ask.ts"
import { startPolicies } from "./policy-runner.ts"
import { Schedules } from "./schedules.ts"
import { memorySubscriptions } from "./subscription-memory.ts"
import { NEVER } from "./timers/timers.ts"
import { memoryTimers } from "./timers/timers-memory.ts"
import { VirtualClock } from "./virtual-clock.ts"

type OnOpened = (id: string) => Reactions | Promise<Reactions>

const nightly = (opened: OnOpened | undefined, name = "bank.nightly") =>
  Policy.define(name, {
    from: [Accounts],
    on: opened ? { Opened: (_event, { id }) => opened(id) } : { Noted: () => undefined },
  })

const every = (when: Recurring, amount = 1): OnOpened => (id) =>
  later(when, ask(Accounts, id, Deposit({ amount })), { name: "night" })

const begin = (scope: TestContext) => {
  const clock = new VirtualClock()
  const bank = new Bank(scope, { now: clock.now })
  const subscriptions = memorySubscriptions(bank.log)
  const timers = memoryTimers(clock)
  const client = createClient(bank.wire, { now: clock.now, seals: bank.seals })
  const options = { client, subscriptions, timers, parking: memoryParking() }
  /** Runs a version of the application until the next one. */
  const run = async (...policies: readonly Policy[]) => {
    const running = await startPolicies({ ...options, policies })
    scope.after(async () => {
      await running.stop()
      clock.stop()
    })
    for (let turn = 0; turn < 50; turn++) await tick()
    return running
  }
  const night = () => timers.waiting("bank.nightly", "n-night")
  return { bank, clock, options, run, night, subscriptions }
}

test("a schedule that was changed in the code replaces the one that waits", async (t) => {
  const { bank, run, night } = begin(t)
  const running = await run(nightly(every({ cron: "0 3 * * *" })))
  await bank.say("a-1", Open())
  await run()
  assert.deepEqual((await night())?.due, { cron: "0 0 3 * * *", zone: "UTC" })
  await running.stop()
  const changed: readonly [OnOpened, object, number][] = [
    [every({ cron: "0 4 * * *" }), { cron: "0 0 4 * * *", zone: "UTC" }, 1],
    [
      every({ cron: "0 4 * * *", zone: "Europe/Berlin" }),
      { cron: "0 0 4 * * *", zone: "Europe/Berlin" },
      1,
    ],
    [every({ every: "2 hours" }), { everyMs: 7_200_000 }, 1],
    [every({ every: "2 hours" }, 5), { everyMs: 7_200_000 }, 5],
  ]
  for (const [opened, due, amount] of changed) {
    await (await run(nightly(opened))).stop()
    const now = await night()
    assert.deepEqual(now?.due, due)
    assert.deepEqual(decodeAsk(now.payload).data, { amount })
    // The same code sets nothing again.
    await (await run(nightly(opened))).stop()
    assert.equal(await night(), now)
  }
})

test("a schedule that the code no longer sets is suspended until it comes back", async (t) => {
  const { bank, clock, run, night } = begin(t)
  const first = await run(nightly(every({ every: "1 hour" })))
  await bank.say("a-1", Open())
  await run()
  await first.stop()
  const without: readonly (OnOpened | undefined)[] = [
    () => undefined,
    undefined,
    (id) => later("1 second", ask(Accounts, id, Deposit({ amount: 1 })), { name: "night" }),
  ]
  for (const opened of without) {
    const running = await run(nightly(opened))
    assert.deepEqual((await night())?.due, NEVER)
    const before = await bank.stored("a-1")
    await clock.advance(5 * 3_600_000, tick)
    assert.deepEqual(await bank.stored("a-1"), before)
    await running.stop()
    await (await run(nightly(every({ every: "1 hour" })))).stop()
    assert.deepEqual((await night())?.due, { everyMs: 3_600_000 })
  }
})

test("a handler that calls other systems is not called again for its schedule", async (t) => {
  const { bank, run, night } = begin(t)
  let calls = 0
  const calling = (when: Recurring): OnOpened => async (id) => {
    calls++
    return await Promise.resolve(await every(when)(id))
  }
  const first = await run(nightly(calling({ every: "1 hour" })))
  await bank.say("a-1", Open())
  await run()
  await first.stop()
  await (await run(nightly(calling({ every: "2 hours" })))).stop()
  assert.equal(calls, 1)
  assert.deepEqual((await night())?.due, { everyMs: 3_600_000 })
})

test("a handler that throws changes nothing, and other policies start", async (t) => {
  const { bank, run, night } = begin(t)
  const first = await run(nightly(every({ every: "1 hour" })))
  await bank.say("a-1", Open())
  await run()
  await first.stop()
  const warn = t.mock.method(console, "warn", () => {})
  const log = t.mock.method(console, "log", () => {})
  await (await run(nightly(() => {
    throw new Error("no database")
  }))).stop()
  assert.deepEqual((await night())?.due, { everyMs: 3_600_000 })
  const said = [...warn.mock.calls, ...log.mock.calls].map((call) => call.arguments.join(" "))
  assert.ok(said.some((line) => line.includes("no database")), said.join("\n"))
})

test("a timer of a policy that nobody runs is suspended until somebody does", async (t) => {
  const { bank, options, run, night, subscriptions } = begin(t)
  const first = await run(nightly(every({ every: "1 hour" })))
  await bank.say("a-1", Open())
  await run()
  let now = Date.now()
  t.mock.method(Date, "now", () => now)
  const other = nightly(undefined, "bank.other")
  const schedules = new Schedules({ ...options, policies: [other], passedOver: new PassedOver() })
  const fired = {
    ...{ policy: "bank.nightly", key: "n-night", payload: (await night())!.payload },
    ...{ sequence: 1, time: now, redelivered: false, occurrence: "2026-01-01T00:00:00.000Z" },
  }
  // A process of another version runs it.
  assert.equal(await schedules.ofStranger(fired), "ask")
  await first.stop()
  assert.equal(await subscriptions.isRead("policy.bank.nightly", ["bank"]), false)
  assert.equal(await schedules.ofStranger(fired), "wait")
  now += POLICY.goneMs - 1_000
  assert.equal(await schedules.ofStranger(fired), "wait")
  assert.deepEqual((await night())?.due, { everyMs: 3_600_000 })
  now += 2_000
  assert.equal(await schedules.ofStranger(fired), "done")
  assert.deepEqual((await night())?.due, NEVER)
  await (await run(nightly(every({ every: "1 hour" })))).stop()
  assert.deepEqual((await night())?.due, { everyMs: 3_600_000 })
  await bank.say("a-1", Note({ text: "x", times: 1 }))
})
