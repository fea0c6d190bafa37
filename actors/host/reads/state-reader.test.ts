/** Tests of reading states: the cost, and which events a past state includes. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import { encodeCommit, logSubject, MemoryLog } from "../../../wire/internal.ts"
import { Deposit, Deposited, plainAccount, storedEvent } from "../../fixtures/account.ts"
import { Bank, NAME } from "../../fixtures/bank.ts"
import {
  bankWith,
  deposits,
  logOf,
  MINUTE,
  named,
  oneEvent,
  reads,
  START,
  type State,
  stateOf,
} from "../../fixtures/long-log.ts"
import { memoryJournal } from "../../journal/journal-memory.ts"
import { memorySnapshots } from "../../journal/snapshots-memory.ts"
import { READS } from "../../limits.ts"
import { Resident } from "../resident.ts"
import { ActorLog } from "./actor-log.ts"
import { RecentStates } from "./recent-states.ts"
import { StateReader } from "./state-reader.ts"

describe("the state of an actor with a long history", () => {
  test("that is in memory takes one read", async (t) => {
    const bank = bankWith(t, deposits(1_000))
    await bank.say("a-1", Deposit({ amount: 5 }))
    const found: State[] = []
    assert.equal(await reads(bank, async () => found.push(await stateOf(bank))), 1)
    const { version, state, position } = found[0]!
    assert.deepEqual([version, state.balance, position], [1_001, 1_004, "bank:1001"])
  })

  test("that another node has appended to takes the new commits in addition", async (t) => {
    const bank = bankWith(t, deposits(1_000))
    await bank.say("a-1", Deposit({ amount: 5 }))
    const other = new Bank(t, { log: bank.log })
    for (let times = 0; times < 3; times++) await other.say("a-1", Deposit({ amount: 1 }))
    let balance = 0
    const taken = await reads(bank, async () => balance = (await stateOf(bank)).state.balance)
    assert.equal(balance, 1_007)
    assert.ok(taken <= 40, String(taken))
  })

  test("is folded from its snapshot on", async (t) => {
    const bank = bankWith(t, deposits(1_000))
    await bank.say("a-1", Deposit({ amount: 5 }))
    const { log, snapshots } = bank
    for (let times = 0; times < 10; times++) await bank.say("a-1", Deposit({ amount: 1 }))
    await bank.host.stop()
    const other = new Bank(t, { log, snapshots })
    let balance = 0
    const taken = await reads(other, async () => balance = (await stateOf(other)).state.balance)
    assert.equal(balance, 1_014)
    assert.ok(taken <= 40, String(taken))
  })

  test("is folded once without a snapshot, and kept for the next question", async (t) => {
    const bank = bankWith(t, deposits(1_000), { actor: plainAccount })
    assert.equal((await stateOf(bank)).state.balance, 999)
    assert.equal(await reads(bank, () => stateOf(bank)), 1)
    await new Bank(t, { log: bank.log }).say("a-1", Deposit({ amount: 1 }))
    assert.equal((await stateOf(bank)).state.balance, 1_000)
  })

  test("is not taken from the snapshot of another log", async (t) => {
    const bank = bankWith(t, deposits(200))
    await bank.say("a-1", Deposit({ amount: 5 }))
    await bank.host.stop()
    const log = new MemoryLog()
    log.append("bank", logSubject(NAME, "a-2"), 0, encodeCommit(oneEvent))
    const other = new Bank(t, { log: logOf(deposits(300), "a-1", log), snapshots: bank.snapshots })
    assert.equal((await stateOf(other)).state.balance, 299)
  })
})

test("an actor that moves on while its state is read does not move the answer", async () => {
  const journal = memoryJournal(logOf(deposits(3)))
  const log = new ActorLog(journal, NAME, "a-1", { until: Number.POSITIVE_INFINITY })
  const resident = new Resident({ open: true, balance: 2 })
  Object.assign(resident, { version: 3, sequence: 3, latest: START })
  const recent = new RecentStates()
  recent.get = () => {
    queueMicrotask(() => Object.assign(resident, { state: "later", version: 4, sequence: 4 }))
    return undefined
  }
  const reader = new StateReader(plainAccount, log, {
    snapshots: memorySnapshots(),
    recent,
    resident,
  })
  const { state, version, position } = await reader.read({})
  assert.deepEqual([state, version, position], [{ open: true, balance: 2 }, 3, "bank:3"])
})

describe("a state in the past", () => {
  test("at a version is folded from the nearest kept state before it", async (t) => {
    const bank = bankWith(t, deposits(3_000))
    for (const version of [1, 2, 700, 2_999, 3_000]) {
      const found = await stateOf(bank, { version })
      const { state: { balance }, position } = found
      assert.deepEqual([found.version, balance, position], [
        version,
        version - 1,
        `bank:${version}`,
      ])
    }
    assert.ok(await reads(bank, () => stateOf(bank, { version: 1 })) < 40)
  })

  test("is refused beyond the most events of one question, and the limit is named", async (t) => {
    const bank = bankWith(t, deposits(READS.pastEvents + 50))
    assert.equal((await stateOf(bank, { version: READS.pastEvents })).version, READS.pastEvents)
    const taken = await reads(
      bank,
      () =>
        assert.rejects(stateOf(bank, { version: READS.pastEvents + 1 }), (error) => {
          assert.match(String(error), new RegExp(`at most ${READS.pastEvents} events`))
          return named("TooLarge")(error)
        }),
    )
    assert.ok(taken < 5, String(taken))
    const at = new Date(START + 86_400_000).toISOString()
    await assert.rejects(stateOf(bank, { at }), named("TooLarge"))
    assert.equal((await stateOf(bank)).version, READS.pastEvents + 50)
    // What has just been folded is near enough now.
    assert.equal((await stateOf(bank, { at })).version, READS.pastEvents + 50)
  })

  test("at a time is folded up to the first later event, whatever the clocks said", async (t) => {
    const minutes = [0, 5, 2, 9, 3, 10]
    const events = minutes.map((minute) =>
      storedEvent(Deposited({ amount: 10 ** minute }), "c", START + minute * MINUTE)
    )
    const bank = bankWith(t, events)
    const versions: { [minute: number]: number } = { [-1]: 0, 0: 1, 4: 1, 5: 3, 8: 3, 9: 5, 10: 6 }
    for (const [minute, version] of Object.entries(versions)) {
      const at = new Date(START + Number(minute) * MINUTE).toISOString()
      const { version: found, state: { balance } } = await stateOf(bank, { at })
      const sum = minutes.slice(0, version).reduce((total, each) => total + 10 ** each, 0)
      assert.deepEqual([found, balance], [version, sum], `minute ${minute}`)
    }
  })

  test("at a time is not taken from a snapshot that has a later event in it", async (t) => {
    const events = deposits(40)
    const late = { ...events[10]!, time: START + 1_000 * MINUTE }
    const log = logOf(events.map((event, index) => index === 10 ? late : event))
    const bank = new Bank(t, { log, now: () => START + 2_000 * MINUTE })
    await bank.say("a-1", Deposit({ amount: 1 }))
    await bank.host.stop()
    const other = new Bank(t, { log, snapshots: bank.snapshots })
    const at = new Date(START + 999 * MINUTE).toISOString()
    assert.equal((await stateOf(other, { at })).version, 10)
    const later = new Date(START + 1_001 * MINUTE).toISOString()
    assert.equal((await stateOf(other, { at: later })).version, 40)
  })
})
