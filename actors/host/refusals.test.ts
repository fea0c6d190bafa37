/** Tests of refusals in writing: what one node refused, no other accepts later. */
import assert from "node:assert/strict"
import { test, type TestContext } from "node:test"
import { createClient, MemoryLog, memoryWire, type Routes } from "../../wire/internal.ts"
import type { RetryPolicy } from "../../contracts/internal.ts"
import { account, Accounts, Deposit, Note, Open, Withdraw } from "../fixtures/account.ts"
import { Bank, saidOf } from "../fixtures/bank.ts"
import { wholeHistory } from "./history.ts"
import { startHost } from "./host.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { REMEMBERED } from "../limits.ts"
import { Refused, type StoredRefusal } from "./refusals.ts"
import { ScriptedJournal } from "../fixtures/scripted-journal.ts"

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

test("what another node refused is not accepted later by the one that was given up", async (t) => {
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
  assert.ok(!stored.includes("w-1"), "it is not stored, though it could be decided")
  assert.deepEqual(all.flatMap(({ refusals = [] }) => refusals.map(({ command }) => command)), [
    "w-1",
  ])
  assert.match(await both(Withdraw({ amount: 5 }), "w-1"), /^1 at /, "asked anew, it is decided")
})

test("a refusal is stored only where another try is, or reads prove nothing", async (t) => {
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

test("a command whose append may yet appear is refused in writing", async (t) => {
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

const refusal = (command: string, deadline: number, time = deadline): StoredRefusal => ({
  ...{ command, deadline, time },
  ...{ content: "x", version: 0, sequence: 1 },
})

test("a refusal holds for tries with its deadline and earlier ones, until clocks agree", () => {
  const refused = new Refused()
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
  refused.add([refusal("c-3", 9_000, REMEMBERED.windowMs + 1_001)])
  assert.deepEqual(refused.all.map(({ command }) => command), ["c-2", "c-3"])
})

test("no more refusals are remembered than may be, and the oldest are forgotten", () => {
  const refused = new Refused()
  for (let each = 0; each < REMEMBERED.refusals + 2; each++) {
    refused.add([refusal(`c-${each}`, 1_000)])
  }
  assert.equal(refused.all.length, REMEMBERED.refusals)
  assert.equal(refused.all[0]?.command, "c-2")
})
