/** Tests of repeats: a repeat is recognized by its id and content, wherever it comes. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  commandSubject,
  decode,
  decodeOwn,
  encode,
  encodeCommit,
  HEADER,
  logSubject,
  MemoryLog,
  requestOf,
} from "../../../wire/internal.ts"
import {
  account,
  Deposit,
  Deposited,
  Note,
  Open,
  Opened,
  storedEvent,
} from "../../fixtures/account.ts"
import { Bank, NAME } from "../../fixtures/bank.ts"
import { Resident } from "../resident.ts"
import { encodeSnapshot } from "../snapshot.ts"
import { memorySnapshots } from "../../journal/snapshots-memory.ts"

const one = Deposit({ amount: 1 })
const other = Deposit({ amount: 2 })
const key = { commandId: "k-1" }

/** Asks with the id of a policy, as a policy does or as a caller. */
const askAs = async (bank: Bank, trusted: boolean, amount: number, id: string) => {
  const subject = commandSubject(NAME, "a-1", "Deposit", trusted)
  const headers = { [HEADER.id]: id }
  const reply = await requestOf(bank.wire, subject, encode("json", { amount }), headers, 1_000)
  assert.equal(reply.type, "reply")
  const { title, version } = decode(
    "json",
    reply.type === "reply" ? reply.payload : new Uint8Array(),
  ) as {
    title?: string
    version?: number
  }
  return title ?? version
}

/** Accounts whose command ids are remembered for a minute. */
const forgetful = {
  ...account,
  contract: { ...account.contract, idempotencyWindowMs: 60_000 },
}

test("a repeat gets the first answer for as long as its contract says, or for a day", async (t) => {
  for (const [actor, windowMs] of [[account, 86_400_000], [forgetful, 60_000]] as const) {
    let time = Date.parse("2026-01-01T12:00:00Z")
    const options = { actor, now: () => time }
    const bank = new Bank(t, options)
    await bank.say("a-1", Open())
    const first = await bank.say("a-1", one, key)
    assert.equal(first, "1 at bank:2, version 2")
    for (let each = 0; each < 200; each++) await bank.say("a-1", one)
    time += windowMs - 2_000
    await bank.say("a-1", one)
    assert.equal(await bank.say("a-1", one, key), first)
    const { log, snapshots } = bank
    await bank.host.stop()
    const woken = new Bank(t, { ...options, log, snapshots })
    assert.equal(await woken.say("a-1", one, key), first, "after a restart")
    assert.equal(await woken.say("a-1", other, key), "CommandIdReused")
    time += 4_000
    // The window moves on with the commands.
    await woken.say("a-1", one)
    assert.equal(await woken.say("a-1", one, key), "1 at bank:205, version 205")
  }
})

describe("another content under the same id", () => {
  test("is refused at once, on another node, after a restart, and after a snapshot", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    const first = await bank.say("a-1", one, key)
    assert.equal(first, "1 at bank:2, version 2")
    const checked = async (at: Bank) => {
      assert.equal(await at.say("a-1", other, key), "CommandIdReused")
      assert.equal(await at.say("a-1", Open(), key), "CommandIdReused")
      assert.equal(await at.say("a-1", one, key), first)
    }
    await checked(bank)
    await checked(new Bank(t, { log: bank.log }))
    for (let each = 0; each < 40; each++) await bank.say("a-1", one)
    const { snapshots } = bank
    await bank.host.stop()
    assert.ok(await snapshots.read(NAME, "a-1"), "it went to sleep with a snapshot")
    const woken = new Bank(t, { log: bank.log, snapshots })
    await checked(woken)
    assert.ok(woken.journal.reads.commits <= 1, "the snapshot was enough")
    assert.equal((await bank.stored("a-1")).length, 42)
  })

  test("is refused for all but the first of fifty that come at once", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = Array.from(
      { length: 50 },
      (_, amount) => bank.say("a-1", Deposit({ amount }), { ...key }),
    )
    const held = await bank.journal.next()
    bank.journal.release()
    await held.store()
    const said = await Promise.all(asked)
    assert.deepEqual(said.slice(1), Array(49).fill("CommandIdReused"))
    assert.equal(said[0], "1 at bank:2, version 2")
    assert.equal((await bank.stored("a-1")).length, 2)
  })

  test("is refused also if the outcome of the first append is unknown", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = [bank.say("a-1", one, key), bank.say("a-1", other, key)]
    const held = await bank.journal.next()
    await held.storeSilently()
    bank.journal.release()
    held.report({ type: "unknown", reason: "timeout" })
    assert.deepEqual(await Promise.all(asked), ["1 at bank:2, version 2", "CommandIdReused"])
  })
})

describe("a command that an earlier version of the code stored", () => {
  const old = (log: MemoryLog, commits: number) => {
    const resident = new Resident(account.initial)
    for (let each = 0; each < commits; each++) {
      const { version: base, ancestors, sequence } = resident
      const event = each === 0 ? Opened() : Deposited({ amount: 1 })
      const id = each === 1 ? "orders.steps/orders:7/0/0" : `c-${each}`
      const events = [storedEvent(event, id, Date.now())]
      const commit = { base, ancestors, events }
      const at = log.append("bank", logSubject(NAME, "a-1"), sequence, encodeCommit(commit))
      resident.fold(account, [{ ...commit, sequence: at.sequence }])
    }
    return resident
  }

  test("is known by its id alone, whether a caller or a policy sent it", async (t) => {
    const log = new MemoryLog()
    old(log, 3)
    const bank = new Bank(t, { log })
    assert.equal(await bank.say("a-1", one, { commandId: "c-2" }), "1 at bank:3, version 3")
    assert.equal(await bank.say("a-1", other, { commandId: "c-2" }), "1 at bank:3, version 3")
    assert.equal(await askAs(bank, true, 1, "orders.steps/orders:7/0/0"), 2)
    assert.equal((await bank.stored("a-1")).length, 3)
  })

  test("is read from the log if a snapshot has ids in the old form", async (t) => {
    const log = new MemoryLog()
    const snapshots = memorySnapshots()
    const resident = old(log, 60)
    const plain = decodeOwn("msgpack", encodeSnapshot(account, resident)!) as object
    const commands = new Uint8Array(60 * 32)
    snapshots.write(NAME, "a-1", encode("msgpack", { ...plain, commands }))
    const bank = new Bank(t, { log, snapshots })
    assert.equal(await askAs(bank, true, 1, "orders.steps/orders:7/0/0"), 2)
    assert.equal(await bank.say("a-1", one, { commandId: "c-59" }), "1 at bank:60, version 60")
    assert.equal((await bank.stored("a-1")).length, 60)
  })
})

describe("the ids of policies", () => {
  const id = "orders.steps/orders:7/0/0"

  test("cannot be used by callers, before or after the policy", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    assert.equal(await askAs(bank, false, 9, id), 2)
    assert.equal(await askAs(bank, true, 1, id), 3, "the policy's command is its own")
    assert.equal(await askAs(bank, true, 1, id), 3, "and acts once")
    assert.equal(await askAs(bank, false, 1, id), "CommandIdReused", "under the caller's own id")
    assert.equal(await askAs(bank, false, 9, id), 2)
    assert.equal(
      await askAs(bank, false, 9, `~${id}`),
      4,
      "which is not another caller's id either",
    )
    assert.deepEqual(await bank.stored("a-1"), [
      (await bank.stored("a-1"))[0],
      `~${id}`,
      id,
      `~~${id}`,
    ])
  })

  test("are all that a policy can use", async (t) => {
    const bank = new Bank(t)
    assert.equal(await askAs(bank, true, 1, "c-1"), "Invalid")
  })
})

test("correlation, causation and trace do not affect a decision, whatever they say", async (t) => {
  const bank = new Bank(t)
  const same = {
    correlation: "orders.steps/orders:7/0/0",
    causation: "bank:1",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  }
  assert.equal(
    await bank.say("a-1", Open(), { ...same, commandId: "c-1" }),
    "1 at bank:1, version 1",
  )
  assert.equal(await bank.say("a-1", one, { ...same, commandId: "c-2" }), "1 at bank:2, version 2")
  const asPolicy = { ...same, correlation: "c-2", commandId: "orders.steps/orders:7/0/0" }
  const trusted = await bank.say("a-1", one, { ...asPolicy, trusted: true })
  assert.equal(trusted, "1 at bank:3, version 3")
  assert.equal(await bank.say("a-1", one, { ...same, commandId: "c-3" }), "1 at bank:4, version 4")
})

test("the hash of a content takes 17 bytes of the log, once for each command", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 3 }), key)
  const [, { events = [], ...commit } = assert.fail()] = await bank.commits("a-1")
  const bytes = encodeCommit({ ...commit, events }).length
  const without = events.map(({ content: _, ...event }) => event)
  assert.equal(bytes - encodeCommit({ ...commit, events: without }).length, 17)
})
