/** Tests of a policy's command that is sent again long after it was carried out: it acts once. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { until } from "../../../testing/until.ts"
import type { Client } from "../../../wire/internal.ts"
import { account, Accounts, Deposit, Note, Open } from "../../fixtures/account.ts"
import { Bank, NAME } from "../../fixtures/bank.ts"
import { memoryParking } from "../../policies/parking/parking-memory.ts"
import { startPolicies } from "../../policies/policy-runner.ts"
import { memorySubscriptions } from "../../policies/subscription-memory.ts"
import { memoryTimers } from "../../policies/timers/timers-memory.ts"
import { VirtualClock } from "../../policies/virtual-clock.ts"
import { Policy } from "../../policy.ts"
import { ask } from "../../reaction.ts"
import { earlierCommand } from "./earlier-command.ts"

const MINUTES = 60_000
const DAYS = 24 * 60 * MINUTES

/** A bank whose clock a test moves, and a way to fill an account's window with other commands. */
const opened = (scope: { after(work: () => Promise<void>): void }) => {
  const time = { ms: Date.UTC(2026, 0, 1) }
  const bank = new Bank(scope, { actor: account, now: () => time.ms })
  const fill = async (id: string) => {
    time.ms += 3 * DAYS
    for (let index = 0; index < 200; index++) await bank.say(id, Deposit({ amount: 1 }))
  }
  return { bank, time, fill }
}

test("a command that the window has forgotten is found in the log", async (t) => {
  const { bank, time, fill } = opened(t)
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 2 }))
  const since = time.ms
  const options = { commandId: "bank.gifts/bank:1/0/0", trusted: true } as const
  const give = (more: { askedSince?: number } = {}) =>
    bank.client.askPlain(NAME, "a-1", "Note", { text: "gift", times: 3 }, { ...options, ...more })
  const first = await give()
  await fill("a-1")
  assert.deepEqual(await give({ askedSince: since }), first)
  const stored = await bank.stored("a-1")
  assert.equal(stored.filter((id) => id === options.commandId).length, 3)
  // Without the header it acts again, which shows that the window has forgotten it.
  assert.notDeepEqual(await give(), first)
  assert.equal((await bank.stored("a-1")).filter((id) => id === options.commandId).length, 6)
})

test("the log is read no further back than needed", async (t) => {
  const { bank, time, fill } = opened(t)
  await bank.say("a-1", Open())
  await fill("a-1")
  time.ms += 10 * MINUTES
  await bank.say("a-1", Deposit({ amount: 1 }))
  const before = bank.journal.read.commits
  const wanted = { name: NAME, id: "a-1", commandId: "bank.gifts/bank:1/0/0" }
  assert.equal(await earlierCommand(bank.journal, { ...wanted, since: time.ms }), undefined)
  assert.ok(bank.journal.read.commits - before <= 33, "one round back ends at older commits")
})

test("a search ends when its caller waits no longer", async (t) => {
  const { bank, fill } = opened(t)
  await bank.say("a-1", Open())
  await fill("a-1")
  const before = bank.journal.read.commits
  const check = () => {
    if (bank.journal.read.commits - before > 33) throw new Error("it is over")
  }
  const wanted = { name: NAME, id: "a-1", commandId: "bank.gifts/bank:1/0/0", since: 0, check }
  await assert.rejects(earlierCommand(bank.journal, wanted), /it is over/)
  assert.ok(bank.journal.read.commits - before <= 66)
})

test("callers cannot make an actor search its log", async (t) => {
  const { bank, fill } = opened(t)
  await bank.say("a-1", Open())
  await fill("a-1")
  const before = bank.journal.reads.fresh
  const options = { commandId: "mine", askedSince: 0 }
  await bank.client.askPlain(NAME, "a-1", "Deposit", { amount: 1 }, options)
  assert.equal(bank.journal.reads.fresh, before)
})

test("an event that is handed out again much later acts once", async (t) => {
  const { bank, fill } = opened(t)
  const gifts = Policy.define("bank.gifts", {
    from: [Accounts],
    on: { Opened: (_, { id }) => ask(Accounts, id, Deposit({ amount: 100 })) },
  })
  const deaf: Client = {
    ...bank.client,
    askPlain: async (...asked) => {
      await bank.client.askPlain(...asked)
      return await new Promise<never>(() => {})
    },
  }
  const parts = {
    policies: [gifts],
    subscriptions: memorySubscriptions(bank.log),
    timers: memoryTimers(new VirtualClock()),
    parking: memoryParking(),
  }
  const first = await startPolicies({ ...parts, client: deaf })
  await bank.say("a-1", Open(), { commandId: "open" })
  await until(async () => (await bank.stored("a-1")).length === 2)
  await first.stop()
  await fill("a-1")
  const again = await startPolicies({ ...parts, client: bank.client })
  t.after(() => again.stop())
  await until(async () => Object.values(await again.lag()).every((lag) => lag === 0))
  const ids = await bank.stored("a-1")
  assert.equal(ids.filter((id) => id === "bank.gifts/bank:1/0/0").length, 1)
})
