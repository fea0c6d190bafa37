/** Tests of waking: a snapshot changes how much is read, but never the result. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { encodeCommit, logSubject, MemoryLog } from "../../wire/internal.ts"
import { account, Deposited, Opened, plainAccount, storedEvent } from "../fixtures/account.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { wholeHistory } from "./history.ts"
import { Resident } from "./resident.ts"
import { ScriptedJournal } from "../fixtures/scripted-journal.ts"
import { encodeSnapshot } from "./snapshot.ts"
import { memorySnapshots } from "../journal/snapshots-memory.ts"
import { wake } from "./wake.ts"

const EMPTY = { base: 0, ancestors: [], events: [] }
const NAME = "bank.account"
const ID = "a-1"

/** An actor's log, grown commit by commit, with all that waking needs. */
class Grown {
  readonly log = new MemoryLog()
  readonly journal = new ScriptedJournal(memoryJournal(this.log))
  readonly snapshots = memorySnapshots()
  /** What the actor is when it never sleeps. */
  readonly resident = new Resident(account.initial)
  #command = 0

  /** Appends a commit with this many commands, each with this many events. */
  commit(commands = 1, eventsEach = 1, time = 0): void {
    const { version: base, ancestors, sequence: last } = this.resident
    const ids = Array.from({ length: commands }, () => `c-${this.#command++}`)
    const events = ids.flatMap((id) =>
      Array.from(
        { length: eventsEach },
        () => storedEvent(base === 0 ? Opened() : Deposited({ amount: 1 }), id, time),
      )
    )
    // A commit of another actor comes first, so that sequences and versions differ.
    this.log.append("bank", logSubject(NAME, `other-${ids[0]}`), 0, encodeCommit(EMPTY))
    const bytes = encodeCommit({ base, ancestors, events })
    const { stored, sequence } = this.log.append("bank", logSubject(NAME, ID), last, bytes)
    assert.ok(stored)
    this.resident.fold(account, [{ base, ancestors, events, sequence }])
  }

  /** Appends a commit that only holds refusals of these commands. */
  refuse(...commands: string[]): void {
    const { version: base, ancestors, sequence: last } = this.resident
    const refusals = commands.map((command) => ({
      command,
      content: "x",
      deadline: 1_000,
      version: base,
      time: 0,
    }))
    const commit = { base, ancestors, events: [], refusals }
    const bytes = encodeCommit(commit)
    const { stored, sequence } = this.log.append("bank", logSubject(NAME, ID), last, bytes)
    assert.ok(stored)
    this.resident.fold(account, [{ ...commit, sequence }])
  }

  commits(count: number): void {
    for (let each = 0; each < count; each++) this.commit()
  }

  snapshot(): void {
    this.snapshots.write(NAME, ID, encodeSnapshot(account, this.resident)!)
  }

  wake(actor: typeof account | typeof plainAccount = account): Promise<Resident> {
    const { journal, snapshots } = this
    return wake(actor, ID, { journal, snapshots, fresh: false })
  }

  /** Every command that was ever sent, and one that was not. */
  get commands(): string[] {
    return Array.from({ length: this.#command + 1 }, (_, each) => `c-${each}`)
  }
}

const assertSame = (one: Resident, other: Resident, commands: readonly string[]) => {
  for (const part of ["state", "version", "sequence", "ancestors"] as const) {
    assert.deepEqual(one[part], other[part], part)
  }
  assert.equal(one.remembered.size, other.remembered.size)
  for (const id of commands) assert.deepEqual(one.remembered.get(id), other.remembered.get(id), id)
}

describe("with a snapshot", () => {
  const cases = { "behind the tail": 7, "far behind the tail": 70, "at the tail": 0 }
  for (const [where, later] of Object.entries(cases)) {
    test(`${where}, only later commits are read`, async () => {
      const grown = new Grown()
      grown.commits(200)
      grown.snapshot()
      grown.commits(later)
      assertSame(await grown.wake(), grown.resident, grown.commands)
      assert.ok(grown.journal.reads.commits <= Math.ceil((later + 1) / 32))
    })
  }

  test("that is ahead of the tail, the log counts", async () => {
    const grown = new Grown()
    grown.commits(100)
    const old = await grown.journal.tail(NAME, ID, { fresh: true })
    grown.commits(10)
    grown.snapshot()
    grown.journal.staleTail = () => Promise.resolve(old)
    const woken = await grown.wake()
    assert.equal(woken.version, 100)
    assert.equal(woken.sequence, old?.sequence)
    assert.equal(woken.remembered.get("c-100"), undefined)
  })

  test("that is of another log, the log counts", async () => {
    const grown = new Grown()
    grown.commits(100)
    // Neither a version nor a sequence that the log has makes a snapshot one of this log.
    for (const [first, more, shift] of [[2, 49, 0], [2, 98, 0], [2, 99, 0], [1, 60, 1]] as const) {
      const { resident } = grown
      const foreign = new Grown()
      foreign.commit(first)
      foreign.commits(more)
      foreign.resident.state = { open: true, balance: 1_000_000 }
      foreign.resident.sequence += shift
      grown.snapshots.write(NAME, ID, encodeSnapshot(account, foreign.resident)!)
      assertSame(await grown.wake(), resident, grown.commands)
    }
  })

  test("an actor whose commits are all named by the last reads no snapshot", async () => {
    const grown = new Grown()
    grown.commits(32)
    grown.resident.state = { open: false, balance: -1 }
    grown.snapshot()
    assert.deepEqual((await grown.wake()).state, { open: true, balance: 31 })
  })

  test("that is broken, the log counts", async () => {
    const grown = new Grown()
    grown.commits(100)
    grown.snapshots.write(NAME, ID, Uint8Array.of(0x81, 1, 2))
    assertSame(await grown.wake(), grown.resident, grown.commands)
  })

  test("commands that it has no room for are read back from the log", async () => {
    const grown = new Grown()
    for (let each = 0; each < 50; each++) grown.commit(100)
    grown.snapshot()
    grown.commits(3)
    assertSame(await grown.wake(), grown.resident, grown.commands)
  })

  test("that was taken with a shorter window, what it has forgotten is read back", async () => {
    const grown = new Grown()
    for (let each = 0; each < 200; each++) grown.commit(1, 1, 60_000 * each)
    const short = new Resident(account.initial, 120_000)
    const commits = await wholeHistory(grown.journal, NAME, ID)
    short.fold(account, commits)
    assert.equal(short.remembered.size, 128)
    const before = { ...account, contract: { ...account.contract, idempotencyWindowMs: 120_000 } }
    grown.snapshots.write(NAME, ID, encodeSnapshot(before, short)!)
    assertSame(await grown.wake(), grown.resident, grown.commands)
  })

  test("enough commands are read back to include the last 128, however old", async () => {
    const grown = new Grown()
    // Enough within two minutes that the snapshot is truncated, each command with many events.
    for (let each = 0; each < 100; each++) grown.commit(50, 10, each)
    grown.snapshot()
    for (let each = 0; each < 40; each++) grown.commit(1, 64, 3_600_000 * (each + 1))
    assert.equal(grown.resident.remembered.size, 128)
    assertSame(await grown.wake(), grown.resident, grown.commands)
  })

  test("up to 65,536 commands are read back, counted as commands and not as events", async () => {
    const grown = new Grown()
    for (let each = 0; each < 70; each++) grown.commit(1_000, 2)
    grown.snapshot()
    grown.commits(40)
    const woken = await grown.wake()
    assert.equal(woken.remembered.size, 65_536)
    for (const id of ["c-69999", "c-4600", "c-4504"]) {
      assert.deepEqual(woken.remembered.get(id), grown.resident.remembered.get(id), id)
    }
  })
})

test("waking with any snapshot is the same as waking without one", async () => {
  const commit = fc.record({
    commands: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 800, max: 1_500 }) },
    ),
    events: fc.integer({ min: 1, max: 3 }),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })),
    snapshot: fc.boolean(),
  })
  const scenario = fc.array(commit, { minLength: 1, maxLength: 90, size: "max" })
  await fc.assert(
    fc.asyncProperty(scenario, async (commits) => {
      const grown = new Grown()
      let time = 0
      for (const { commands, events, afterMs, snapshot } of commits) {
        time += afterMs
        grown.commit(commands, events, time)
        if (snapshot) grown.snapshot()
      }
      const [woken, plain] = [await grown.wake(), await grown.wake(plainAccount)]
      assertSame(woken, plain, grown.commands)
      assertSame(plain, grown.resident, grown.commands)
    }),
    { numRuns: 40 },
  )
})

test("written refusals are known after waking, wherever the snapshot is", async () => {
  for (const first of [0, 40]) {
    const grown = new Grown()
    grown.commits(first)
    grown.refuse("r-1", "r-2")
    grown.refuse("r-1", "r-3")
    grown.commits(40)
    assert.deepEqual((await grown.wake()).refused.all, grown.resident.refused.all)
    assert.equal(grown.resident.refused.all.length, 3)
    grown.snapshot()
    grown.refuse("r-4")
    const woken = await grown.wake()
    assertSame(woken, grown.resident, grown.commands)
    assert.ok(["r-1", "r-3", "r-4"].every((id) => woken.refused.get(id, "x", 1_000)))
  }
})

test("refusals from before an actor's first event are known after waking", async () => {
  const grown = new Grown()
  for (let each = 0; each < 40; each++) grown.refuse(`r-${each}`)
  grown.commit()
  const woken = await grown.wake()
  assert.equal(woken.refused.all.length, 40)
  assertSame(woken, grown.resident, grown.commands)
})

test("an actor without commits wakes in its initial state", async () => {
  const woken = await new Grown().wake()
  assert.deepEqual([woken.state, woken.version, woken.sequence], [account.initial, 0, 0])
})

test("a stored event that the contract does not know waits for code that does", async () => {
  const grown = new Grown()
  grown.commit()
  const events = [{ ...storedEvent(Opened()), type: "Unheard" }]
  const bytes = encodeCommit({ base: 1, ancestors: [2], events })
  grown.log.append("bank", logSubject(NAME, ID), 2, bytes)
  await assert.rejects(grown.wake(), { _tag: "Unavailable", message: /Unheard/ })
})
