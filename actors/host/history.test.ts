/** Tests of reading back: every length of history, in few rounds, and never with a hole. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import {
  encodeCommit,
  logSubject,
  MemoryLog,
  nextAncestors,
  type StoredCommit,
} from "../../wire/internal.ts"
import { commitOf, Noted, Opened, storedEvent } from "../fixtures/account.ts"
import { checkChain, historyBefore, historyRounds, wholeHistory } from "./history.ts"
import { HISTORY } from "../limits.ts"
import { LongReads } from "./long-reads.ts"
import { BrokenHistory } from "../journal/journal.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { ScriptedJournal } from "../fixtures/scripted-journal.ts"

const NAME = "bank.account"

/** A log with this many commits of one actor, each after a commit of another actor. */
const logOf = (commits: number, id = "a-1") => {
  const log = new MemoryLog()
  let ancestors: number[] = []
  for (let version = 0; version < commits; version++) {
    const other = logSubject(NAME, `other-${version}`)
    log.append("bank", other, 0, commitOf(0, [], `other-${version}`))
    const commit = commitOf(version, ancestors, `c-${version}`)
    const { sequence } = log.append("bank", logSubject(NAME, id), ancestors.at(-1) ?? 0, commit)
    ancestors = nextAncestors(ancestors, sequence)
  }
  return { log, journal: new ScriptedJournal(memoryJournal(log)), ancestors }
}

const commandsOf = (commits: readonly StoredCommit[]): string[] =>
  commits.flatMap(({ events }) => events.map(({ command }) => command))

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, each) => `c-${from + each}`)

describe("the whole history", () => {
  for (const length of [1, 2, 32, 33, 34, 64, 65, 66, 100]) {
    const rounds = Math.ceil((length - 1) / 32)
    test(`${length} commits come oldest first, in ${rounds} rounds`, async () => {
      const { journal } = logOf(length)
      const commits = await wholeHistory(journal, NAME, "a-1")
      assert.deepEqual(commandsOf(commits), numbered(0, length))
      assert.equal(journal.reads.commits, rounds)
      assert.deepEqual(journal.reads, { fresh: 1, tail: 0, commits: rounds })
    })
  }

  test("of an actor without commits is empty", async () => {
    const { journal } = logOf(3)
    assert.deepEqual(await wholeHistory(journal, NAME, "a-2"), [])
  })
})

describe("a part of the history", () => {
  for (const after of [1, 2, 33, 60, 99]) {
    test(`the commits after the ${after}th of 100 end there`, async () => {
      const { journal } = logOf(100)
      const tail = await journal.tail(NAME, "a-1", { fresh: true })
      const commits = await historyBefore(journal, NAME, "a-1", tail!, { after: after * 2 })
      assert.deepEqual(commandsOf(commits), numbered(after, 100))
    })
  }

  test("the walk stops after the round that is enough, and reports each round once", async () => {
    const { journal } = logOf(100)
    const tail = await journal.tail(NAME, "a-1", { fresh: true })
    const told: number[] = []
    const enough = (round: readonly StoredCommit[]) => {
      told.push(round.length)
      return round[0]!.base < 50
    }
    const commits = await historyBefore(journal, NAME, "a-1", tail!, { enough })
    assert.deepEqual(told, [1, 32, 32])
    assert.deepEqual(commandsOf(commits), numbered(35, 100))
  })
})

describe("a hole", () => {
  const lost = (sequence: number, log: MemoryLog) => {
    delete log.stream("bank").messages[sequence - 1]
  }

  for (const [which, version] of Object.entries({ first: 0, middle: 40, recent: 98 })) {
    test(`is noticed when it is the ${which} commit, and named`, async () => {
      const { log, journal } = logOf(100)
      lost((version + 1) * 2, log)
      await assert.rejects(wholeHistory(journal, NAME, "a-1"), (error) => {
        assert.ok(error instanceof BrokenHistory)
        assert.match(error.message, new RegExp(`\\b${(version + 1) * 2}\\b`))
        return true
      })
    })
  }

  test("is noticed when a commit forgets to name one of its ancestors", async () => {
    const { log, journal, ancestors } = logOf(10)
    const skipping = commitOf(10, ancestors.filter((_, index) => index !== 4), "c-10")
    log.append("bank", logSubject(NAME, "a-1"), ancestors.at(-1)!, skipping)
    await assert.rejects(wholeHistory(journal, NAME, "a-1"), /a-1.* version 5/)
  })

  test("is noticed when a commit has a past but names no ancestors", async () => {
    const { log, journal } = logOf(0)
    log.append("bank", logSubject(NAME, "a-1"), 0, commitOf(5, [], "c-5"))
    await assert.rejects(wholeHistory(journal, NAME, "a-1"), BrokenHistory)
  })

  test("is noticed when a message is not a commit", async () => {
    const { log, journal } = logOf(2)
    const message = log.stream("bank").messages[1]!
    log.stream("bank").messages[1] = { ...message, payload: Uint8Array.of(1, 2, 3) }
    await assert.rejects(wholeHistory(journal, NAME, "a-1"), BrokenHistory)
  })

  test("between two commits breaks the chain, commits of several events do not", () => {
    const commit = (base: number, count: number, sequence: number): StoredCommit => ({
      base,
      ancestors: [],
      events: Array.from({ length: count }, () => storedEvent(Opened(), "c-1")),
      sequence,
    })
    checkChain(NAME, "a-1", [commit(0, 3, 1), commit(3, 2, 5), commit(5, 1, 9)])
    checkChain(NAME, "a-1", [])
    assert.throws(() => checkChain(NAME, "a-1", [commit(0, 3, 1), commit(4, 2, 5)]), BrokenHistory)
    assert.throws(() => checkChain(NAME, "a-1", [commit(0, 3, 1), commit(2, 2, 5)]), BrokenHistory)
  })
})

test("a commit is read back as it was written", async () => {
  const { log, journal } = logOf(0)
  const events = [storedEvent(Opened(), "c-1", 7)]
  const bytes = encodeCommit({ base: 0, ancestors: [], events })
  const { sequence } = log.append("bank", logSubject(NAME, "a-1"), 0, bytes)
  assert.deepEqual(await wholeHistory(journal, NAME, "a-1"), [
    { base: 0, ancestors: [], events, sequence },
  ])
})

describe("a history that is too large to be held in memory", () => {
  const large = (count: number) => {
    const log = new MemoryLog()
    let ancestors: number[] = []
    for (let base = 0; base < count; base++) {
      const events = [storedEvent(Noted({ text: "x".repeat(500_000) }), `c-${base}`)]
      const bytes = encodeCommit({ base, ancestors, events })
      const { sequence } = log.append(
        "bank",
        logSubject(NAME, "a-1"),
        ancestors.at(-1) ?? 0,
        bytes,
      )
      ancestors = nextAncestors(ancestors, sequence)
    }
    return new ScriptedJournal(memoryJournal(log))
  }

  test("comes whole and in order; its newest commits are read twice", async () => {
    const journal = large(100)
    const tail = await journal.tail(NAME, "a-1", { fresh: true })
    const found: string[] = []
    let most = 0
    for await (const round of historyRounds(journal, NAME, "a-1", tail!)) {
      found.push(...commandsOf(round))
      most = Math.max(most, round.length)
    }
    assert.deepEqual(found, numbered(0, 100))
    assert.ok(most <= 32)
    assert.ok(journal.read.commits > 130 && journal.read.commits <= 200, `${journal.read.commits}`)
  })

  test("many at once take turns, and hold together what one may hold", async () => {
    const journal = large(60)
    let [held, most] = [0, 0]
    const finished = await Promise.all(Array.from({ length: 6 }, async () => {
      const tail = await journal.tail(NAME, "a-1", { fresh: true })
      const found: string[] = []
      let own = 0
      for await (const round of historyRounds(journal, NAME, "a-1", tail!)) {
        found.push(...commandsOf(round))
        own++
        held++
        most = Math.max(most, held)
        // Others go on between two rounds of this one.
        await new Promise(setImmediate)
      }
      held -= own
      return found
    }))
    for (const found of finished) assert.deepEqual(found, numbered(0, 60))
    // A history of 60 commits has three rounds: no more than four histories are under way.
    assert.ok(most <= HISTORY.longAtOnce * 3, `${most}`)
    assert.ok(journal.read.commits > 6 * 70, `${journal.read.commits}`)
  })

  test("one that is given up, or fails, leaves its place to others", async () => {
    const journal = large(60)
    for (let round = 0; round < HISTORY.longAtOnce + 2; round++) {
      const tail = await journal.tail(NAME, "a-1", { fresh: true })
      for await (const _ of historyRounds(journal, NAME, "a-1", tail!)) break
      const torn = { ...journal, commits: () => Promise.reject(new Error("torn")) }
      const failing = historyBefore(torn as unknown as ScriptedJournal, NAME, "a-1", tail!)
      await assert.rejects(failing, /torn/)
    }
    assert.equal((await wholeHistory(journal, NAME, "a-1")).length, 60)
  })
})

test("long reads share the bytes, and a place is handed over in the order of asking", async () => {
  const reads = new LongReads({ bytes: 100, longAtOnce: 2 })
  const [a, b, c, d] = [reads.read(), reads.read(), reads.read(), reads.read()]
  assert.equal(a.mayHold, 100)
  await a.becomesLong()
  await a.becomesLong()
  await b.becomesLong()
  assert.deepEqual([a.mayHold, b.mayHold], [50, 50])
  const begun: string[] = []
  const waiting = [
    c.becomesLong().then(() => begun.push("c")),
    d.becomesLong().then(() => begun.push("d")),
  ]
  await new Promise(setImmediate)
  assert.deepEqual(begun, [])
  b.end()
  b.end()
  await new Promise(setImmediate)
  assert.deepEqual(begun, ["c"])
  c.end()
  await Promise.all(waiting)
  assert.deepEqual(begun, ["c", "d"])
  a.end()
  d.end()
  assert.equal(reads.read().mayHold, 100)
})
