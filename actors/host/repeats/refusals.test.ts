/** Tests of written refusals: no node accepts later what another node refused. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  createClient,
  MemoryLog,
  memoryWire,
  type RetryPolicy,
  type Routes,
} from "../../../wire/internal.ts"
import { account, Accounts, Deposit, Note, Open, Withdraw } from "../../fixtures/account.ts"
import { Bank, saidOf, tick } from "../../fixtures/bank.ts"
import { wholeHistory } from "../history.ts"
import { startHost } from "../host.ts"
import { memoryJournal } from "../../journal/journal-memory.ts"
import { REMEMBERED } from "../../limits.ts"
import { Refusals, type StoredRefusal } from "./refusals.ts"
import { ScriptedJournal } from "../../fixtures/scripted-journal.ts"

const IMPATIENT: Partial<RetryPolicy> = { patienceMs: 100 }

const inLine = (...nodes: string[]): Routes => ({
  nodeOf: (_name, _id, rank) => nodes[rank],
  lose: () => assert.fail("nobody is lost"),
  onLost: () => ({ close: () => {} }),
})

/** Two nodes on one log, which are asked separately or in line; appends of the first can wait. */
const setUp = (t: TestContext) => {
  const [wire, log] = [memoryWire(), new MemoryLog()]
  const journal = new ScriptedJournal(memoryJournal(log))
  const hosts = [
    startHost({ actors: [account], wire, journal, node: "one" }),
    startHost({ actors: [account], wire, journal: memoryJournal(log), node: "other" }),
  ]
  t.after(async () => {
    journal.release()
    for (const host of hosts) await host.stop()
    await wire.close()
  })
  const asking = (...nodes: string[]) => {
    const client = createClient(wire, { routes: inLine(...nodes), retry: IMPATIENT })
    return (command: Parameters<typeof client.ask<typeof Accounts>>[2], commandId?: string) =>
      saidOf(client.ask(Accounts, "a-1", command, { commandId }))
  }
  const commits = () => wholeHistory(memoryJournal(log), Accounts.name, "a-1")
  return {
    journal,
    one: asking("one"),
    other: asking("other"),
    both: asking("one", "other"),
    commits,
  }
}

test("a node that was given up does not accept later what another node refused", async (t) => {
  const { journal, one, other, both, commits } = setUp(t)
  assert.match(await other(Open()), /^1 at /)
  assert.match(await other(Deposit({ amount: 5 })), /^1 at /)
  journal.hold()
  const noted = one(Note({ text: "the first node is slow", times: 1 }))
  const held = await journal.next()
  assert.match(await other(Withdraw({ amount: 5 })), /^1 at /)
  assert.equal(await both(Withdraw({ amount: 5 }), "w-1"), "Insufficient")
  assert.match(await other(Deposit({ amount: 5 })), /^1 at /)
  journal.release()
  assert.equal((await held.store()).type, "conflict")
  await noted
  assert.match(await one(Note({ text: "all before it is decided", times: 1 })), /^1 at /)
  const all = await commits()
  const stored = all.flatMap(({ events }) => events.map(({ command }) => command))
  assert.ok(!stored.includes("w-1"), "the command is not stored, although it could be accepted")
  assert.deepEqual(all.flatMap(({ refusals = [] }) => refusals.map(({ command }) => command)), [
    "w-1",
  ])
  assert.match(
    await both(Withdraw({ amount: 5 }), "w-1"),
    /^1 at /,
    "asked again with a later deadline, it is accepted",
  )
})

test("a refusal is stored only if there is another try, or reads prove nothing", async (t) => {
  const bank = new Bank(t)
  const refusals = async () =>
    (await bank.commits("a-1")).map(({ refusals = [] }) => refusals.length)
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 })), "NotOpen")
  assert.deepEqual(await refusals(), [])
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 }), { retry: true }), "NotOpen")
  assert.deepEqual(await refusals(), [1])
  assert.match(await bank.say("a-1", Open(), { commandId: "open", retry: true }), /version 1$/)
  assert.match(await bank.say("a-1", Open(), { commandId: "open", retry: true }), /version 1$/)
  assert.deepEqual(await refusals(), [1, 0])
  bank.journal.readsProve = () => false
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 })), "Insufficient")
  assert.match(await bank.say("a-1", Open()), /^0 at .*version 1$/)
  assert.deepEqual(await refusals(), [1, 0, 1, 1])
  assert.match(await bank.say("a-1", Deposit({ amount: 1 })), /version 2$/)
})

test("the refusal of a command whose append may still appear is written", async (t) => {
  const bank = new Bank(t)
  assert.match(await bank.say("a-1", Open()), /version 1$/)
  assert.match(await bank.say("a-1", Deposit({ amount: 1 })), /version 2$/)
  bank.journal.hold()
  const said = bank.say("a-1", Withdraw({ amount: 1 }), { commandId: "w-1" })
  const late = await bank.journal.next()
  const elsewhere = new Bank(t, { log: bank.log })
  assert.match(await elsewhere.say("a-1", Withdraw({ amount: 1 })), /version 3$/)
  bank.journal.release()
  late.report({ type: "unknown", reason: "timeout" })
  assert.equal(await said, "Insufficient")
  assert.deepEqual((await bank.commits("a-1")).at(-1)?.refusals?.map(({ command }) => command), [
    "w-1",
  ])
})

const rate = (burst: number) => ({ burst, perSecond: 10 })

/** Room for so many bytes of each kind, which refill slowly. */
const room = (noEvents: number, someEvents: number, unproven: number) => ({
  refusals: {
    noEvents: rate(noEvents),
    someEvents: rate(someEvents),
    unproven: rate(unproven),
  },
})

test("actors that do not exist take little of the log, however often they are asked", async (t) => {
  const bank = new Bank(t)
  const commits = () => bank.log.stream("bank").messages.length
  const said = await Promise.all(
    Array.from(
      { length: 500 },
      (_, each) => bank.say(`ghost-${each}`, Withdraw({ amount: 1 }), { retry: true }),
    ),
  )
  const counts = (name: string) => said.filter((each) => each === name).length
  assert.equal(counts("NotOpen") + counts("Overloaded"), 500)
  assert.equal(commits(), counts("NotOpen"), "each refusal is written")
  assert.ok(commits() > 10 && commits() < 30, `${commits()}`)
  const before = commits()
  assert.equal(await bank.say("ghost-x", Withdraw({ amount: 1 })), "NotOpen", "not a retry")
  assert.equal(commits(), before)
  assert.match(await bank.say("real", Open(), { retry: true }), /version 1$/)
  assert.equal(await bank.say("real", Withdraw({ amount: 1 }), { retry: true }), "Insufficient")
  assert.equal(commits(), before + 2, "others are not held up")
})

test("a caller's budget of refusals refills with time, and the answer says when", async (t) => {
  let ahead = 0
  const limits = room(1, 1, 1)
  const bank = new Bank(t, { limits, now: () => Date.now() + ahead })
  const ask = (commandId: string) => {
    const options = { commandId, retry: true, timeoutMs: 600_000 }
    return bank.client.ask(Accounts, "a-1", Withdraw({ amount: 1 }), options)
  }
  assert.equal((await ask("w-1")).kind, "rejection")
  await assert.rejects(ask("w-2"), ({ _tag, retryAfterMs }) => {
    assert.equal(_tag, "Overloaded")
    assert.ok(retryAfterMs > 5_000 && retryAfterMs < 60_000, `${retryAfterMs}`)
    ahead = retryAfterMs
    return true
  })
  assert.equal((await ask("w-2")).kind, "rejection")
})

test("refusals with a known earlier try are written without a budget", async (t) => {
  const bank = new Bank(t, { limits: room(0, 0, 0) })
  const trusted = { retry: true, trusted: true, commandId: "bank.some/bank:1/0/0" }
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 }), trusted), "NotOpen")
  await bank.say("a-1", Open())
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 }), { retry: true }), "Overloaded")
  await bank.say("a-1", Deposit({ amount: 1 }))
  bank.journal.hold()
  const said = bank.say("a-1", Withdraw({ amount: 1 }), { commandId: "w-1" })
  const late = await bank.journal.next()
  const elsewhere = new Bank(t, { log: bank.log })
  await elsewhere.say("a-1", Withdraw({ amount: 1 }))
  bank.journal.release()
  late.report({ type: "unknown", reason: "timeout" })
  assert.equal(await said, "Insufficient")
  const refused = (await bank.commits("a-1")).flatMap(({ refusals = [] }) => refusals)
  assert.deepEqual(refused.map(({ command }) => command), [trusted.commandId, "w-1"])
})

test("if reads prove nothing and the budget is used up, the answer is an outage", async (t) => {
  const bank = new Bank(t, { limits: room(0, 0, 1) })
  bank.journal.readsProve = () => false
  assert.equal(await bank.say("a-1", Withdraw({ amount: 1 })), "NotOpen")
  assert.equal(await bank.say("a-2", Withdraw({ amount: 1 })), "Unavailable")
  assert.match(await bank.say("a-2", Open()), /version 1$/)
  bank.journal.readsProve = () => true
  assert.equal(await bank.say("a-2", Withdraw({ amount: 1 })), "Insufficient")
})

test("written refusals of one actor are bounded, under one id or under many", async (t) => {
  const bank = new Bank(t, { limits: { refusalsOfOneActor: 10 } })
  await bank.say("a-1", Open())
  const ask = (amount: number, options: object) =>
    bank.say("a-1", Withdraw({ amount }), { retry: true, ...options })
  for (let each = 0; each < 10; each++) {
    assert.equal(await ask(each + 1, { commandId: each < 5 ? "one" : `c-${each}` }), "Insufficient")
  }
  assert.equal(await ask(11, { commandId: "one" }), "Overloaded")
  assert.equal(await ask(12, {}), "Overloaded")
  assert.equal((await bank.commits("a-1")).length, 11)
})

test("tries of one command in one turn share one written refusal", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  bank.journal.hold()
  const first = bank.say("a-1", Note({ text: "x", times: 1 }))
  const held = await bank.journal.next()
  const options = { commandId: "w-1", retry: true }
  const tries = Array.from({ length: 20 }, () => bank.say("a-1", Withdraw({ amount: 1 }), options))
  await tick()
  bank.journal.release()
  await held.store()
  await first
  assert.deepEqual(await Promise.all(tries), Array(20).fill("Insufficient"))
  const { refusals = [] } = (await bank.commits("a-1")).at(-1) ?? {}
  assert.ok(refusals.length < 20, `${refusals.length}`)
  assert.equal(new Set(refusals.map(({ command }) => command)).size, 1)
})

const refusal = (command: string, deadline: number, time = deadline): StoredRefusal => ({
  ...{ command, deadline, time },
  ...{ content: "x", version: 0, sequence: 1 },
})

test("a refusal holds for tries with its deadline and earlier ones, until clocks agree", () => {
  const refused = new Refusals()
  assert.equal(refused.knows("c-1"), false)
  refused.add([refusal("c-1", 1_000), refusal("c-2", 5_000)])
  refused.add([refusal("c-1", 900)])
  assert.deepEqual([900, 1_000, 1_001].map((deadline) => !!refused.get("c-1", "x", deadline)), [
    true,
    true,
    false,
  ])
  refused.add([{ ...refusal("c-1", 950), content: "y" }])
  assert.deepEqual(["x", "y", "z"].map((content) => !!refused.get("c-1", content, 960)), [
    true,
    false,
    false,
  ])
  assert.ok(refused.get("c-1", "y", 950), "another command under the same id is told apart")
  refused.add([refusal("c-3", 9_000, REMEMBERED.refusalMs + 1_001)])
  assert.deepEqual(refused.all.map(({ command }) => command), ["c-2", "c-3"])
})

test("remembered refusals are bounded, and the oldest are forgotten first", () => {
  const refused = new Refusals()
  for (let each = 0; each < REMEMBERED.refusals + 2; each++) {
    refused.add([refusal(`c-${each}`, 1_000)])
  }
  assert.equal(refused.all.length, REMEMBERED.refusals)
  assert.equal(refused.size, REMEMBERED.refusals)
  assert.equal(refused.all[0]?.command, "c-2")
})

test("each content under one id counts, and is forgotten with the id", () => {
  const refused = new Refusals()
  for (let each = 0; each < REMEMBERED.refusals + 2; each++) {
    refused.add([{ ...refusal("c-1", 1_000), content: `${each}` }])
  }
  assert.ok(refused.size <= REMEMBERED.refusals, `${refused.size}`)
  assert.equal(refused.all.length, refused.size)
  refused.add([refusal("c-2", 1_000), refusal("c-2", 2_000)])
  assert.equal(refused.all.length, refused.size)
})
