/** Tests of policies that ask later: the commands that their timers become. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { digest } from "../../contracts/internal.ts"
import { type Client, createClient } from "../../wire/internal.ts"
import { Accounts, Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank, tick } from "../fixtures/bank.ts"
import { Policy } from "../policy.ts"
import { startPolicies } from "./policy-runner.ts"
import { ask, cancel, later } from "../reaction.ts"
import { memoryParking } from "./parking/parking-memory.ts"
import { memorySubscriptions } from "./subscription-memory.ts"
import { memoryTimers } from "./timers/timers-memory.ts"
import { VirtualClock } from "./virtual-clock.ts"

/** A gift some time after an account was opened, unless there is a note; interest every day. */
const giving = Policy.define("bank.giving", {
  from: [Accounts],
  on: {
    Opened: (_, { id }) => [
      later("30 minutes", ask(Accounts, id, Deposit({ amount: 10 }))),
      later("40 minutes", ask(Accounts, id, Deposit({ amount: 20 })), { name: `gift-${id}` }),
      later({ every: "1 day" }, ask(Accounts, id, Deposit({ amount: 1 })), { name: `day-${id}` }),
    ],
    Noted: (_, { id }) => [cancel(`gift-${id}`), cancel(`day-${id}`)],
  },
})

const begin = async (
  scope: TestContext,
  { change = (client) => client, policies = [giving], seals = true }: {
    readonly change?: (client: Client) => Client
    readonly policies?: readonly Policy[]
    readonly seals?: boolean
  } = {},
) => {
  const clock = new VirtualClock()
  const bank = new Bank(scope, { now: clock.now })
  const subscriptions = memorySubscriptions(bank.log)
  const timers = memoryTimers(clock)
  const own = createClient(bank.wire, { now: clock.now, ...seals && { seals: bank.seals } })
  const client = change(own)
  const options = { policies, client, subscriptions, timers, parking: memoryParking() }
  let running = await startPolicies(options)
  scope.after(() => running.stop())
  scope.after(() => clock.stop())
  const isIdle = async () => Object.values(await running.lag()).every((lag) => lag === 0)
  // Sealing takes some turns of the event loop; an ask that waits for an outage is not awaited.
  const settled = async () => {
    for (let turn = 0; turn < 20 || turn < 1_000 && !await isIdle(); turn++) await tick()
  }
  return {
    bank,
    client: own,
    running: () => running,
    restart: async () => {
      await running.stop()
      running = await startPolicies(options)
    },
    pass: (minutes: number) => clock.advance(minutes * 60_000, settled),
  }
}

test("a timer becomes a command with an id and metadata that follow from the event", async (t) => {
  const { bank, pass } = await begin(t)
  await bank.say("a-1", Open(), { commandId: "open", correlation: "request-1", principal: "ada" })
  await pass(29)
  assert.deepEqual(await bank.stored("a-1"), ["open"])
  await pass(2)
  assert.deepEqual(await bank.stored("a-1"), ["open", "bank.giving/bank:1/0/0"])
  const [, commit] = await bank.commits("a-1")
  const [{ correlation, causation, principal } = {}] = commit?.events ?? []
  assert.deepEqual([correlation, causation, principal], ["request-1", "bank:1", "ada"])
  await pass(10)
  assert.equal((await bank.stored("a-1")).at(-1), "bank.giving/bank:1/0/1")
})

test("a policy without a key for seals asks without a principal", async (t) => {
  const { bank, pass } = await begin(t, { seals: false })
  await bank.say("a-1", Open(), { commandId: "open", principal: "ada" })
  await pass(31)
  const [, commit] = await bank.commits("a-1")
  assert.deepEqual(commit?.events.map(({ command, principal }) => [command, principal]), [
    ["bank.giving/bank:1/0/0", undefined],
  ])
})

test("each time of a recurring timer is a command of its own, until it is cancelled", async (t) => {
  const { bank, client, pass } = await begin(t)
  await bank.say("a-1", Open(), { commandId: "open" })
  await pass(60)
  await pass(3 * 24 * 60)
  const daily = (await bank.stored("a-1")).slice(3)
  assert.equal(daily.length, 3)
  assert.equal(new Set(daily).size, 3)
  assert.ok(daily.every((id) => id.startsWith("bank.giving/bank:1/0/2/")))
  await client.ask(Accounts, "a-1", Note({ text: "no more", times: 1 }), { commandId: "note" })
  await pass(3 * 24 * 60)
  assert.equal((await bank.stored("a-1")).at(-1), "note")
})

test("a cancelled timer asks for nothing", async (t) => {
  const { bank, pass } = await begin(t)
  await bank.say("a-1", Open(), { commandId: "open" })
  await bank.say("a-1", Note({ text: "no gift", times: 1 }), { commandId: "note" })
  await pass(24 * 60)
  assert.deepEqual(await bank.stored("a-1"), ["open", "note", "bank.giving/bank:1/0/0"])
})

test("different timers never share a name, however the names are chosen", async (t) => {
  const long = "x".repeat(300)
  const names = [
    "e-bank-1-0-0",
    "bank-1-0-0",
    "n-e-bank-1-0-0",
    "a/b",
    `h-${digest("a/b")}`,
    `n-h-${digest("a/b")}`,
    long,
    `${long}y`,
    digest(long),
    "a.b",
    "ü",
  ]
  const naming = Policy.define("bank.naming", {
    from: [Accounts],
    on: {
      Opened: (_, { id }) => [
        later("30 minutes", ask(Accounts, id, Deposit({ amount: 1_000 }))),
        ...names.map((name, index) =>
          later("30 minutes", ask(Accounts, id, Deposit({ amount: 2 ** index })), { name })
        ),
      ],
      Noted: (_, __) => [cancel("a/b"), cancel(`${long}y`)],
    },
  })
  const { bank, client, pass } = await begin(t, { policies: [naming] })
  await bank.say("a-1", Open())
  await client.ask(Accounts, "a-1", Note({ text: "not two of them", times: 1 }))
  await pass(31)
  const amounts = (await bank.commits("a-1")).flatMap(({ events }) =>
    events.filter(({ type }) => type === "Deposited")
      .map(({ data }) => (data as { amount: number }).amount)
  )
  const kept = names.flatMap((name, index) =>
    ["a/b", `${long}y`].includes(name) ? [] : [2 ** index]
  )
  assert.deepEqual(
    amounts.sort((one, other) => one - other),
    [...kept, 1_000].sort((a, b) => a - b),
  )
})

test("a policy that is restarted has its timers", async (t) => {
  const { bank, pass, restart } = await begin(t)
  await bank.say("a-1", Open(), { commandId: "open" })
  await pass(1)
  await restart()
  await pass(60)
  assert.equal((await bank.stored("a-1")).length, 3)
})

test("a timer whose command cannot be asked is stuck visibly, and counts as lag", async (t) => {
  const failing = (client: Client): Client => ({
    ...client,
    askPlain: (name, id, type, fields, options) =>
      id === "a-1"
        ? Promise.reject(new Error("no way"))
        : client.askPlain(name, id, type, fields, options),
  })
  const { bank, pass, running } = await begin(t, { change: failing })
  await bank.say("a-1", Open())
  await bank.say("a-2", Open(), { commandId: "open" })
  await pass(31)
  assert.deepEqual(running().stuck(), ["the timer e-bank-1-0-0 of bank.giving: no way"])
  assert.deepEqual(await running().lag(), { "bank.giving bank": 0, "bank timers": 1 })
  assert.equal((await bank.stored("a-2")).length, 2, "other timers go on")
})
