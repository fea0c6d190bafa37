/** Tests of the search: every version of every kind of history is found, and in few reads. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  type Commit,
  encodeCommit,
  logSubject,
  MemoryLog,
  nextAncestors,
} from "../../../wire/internal.ts"
import { Deposited, storedEvent } from "../../fixtures/account.ts"
import { ActorLog } from "./actor-log.ts"
import { CommitSearch } from "./commit-search.ts"
import { randomOf } from "../../fixtures/faulty-journal.ts"
import { BrokenHistory } from "../../journal/journal.ts"
import { memoryJournal } from "../../journal/journal-memory.ts"
import { ScriptedJournal } from "../../fixtures/scripted-journal.ts"
import { stretch } from "./stretch.ts"

const NAME = "bank.account"
const LATER = Number.POSITIVE_INFINITY

/** How many events a commit has, and how many messages of others come before it. */
type Shape = (commit: number) => readonly [events: number, others: number]

const refusal = { command: "c", content: "", deadline: 0, version: 0, time: 0 }

const written = (commits: number, shape: Shape) => {
  const log = new MemoryLog()
  const subject = logSubject(NAME, "a-1")
  let [base, ancestors]: [number, number[]] = [0, []]
  const events: number[] = []
  for (let each = 0; each < commits; each++) {
    const [count, others] = shape(each)
    for (let other = 0; other < others; other++) {
      log.append("bank", `evt.x.${log.stream("bank").messages.length}`, 0, new Uint8Array())
    }
    const commit: Commit = {
      base,
      ancestors,
      events: Array.from({ length: count }, () => storedEvent(Deposited({ amount: 1 }), "c")),
      ...(count === 0 ? { refusals: [refusal] } : {}),
    }
    const { sequence } = log.append("bank", subject, ancestors.at(-1) ?? 0, encodeCommit(commit))
    for (let event = 0; event < count; event++) events.push(sequence)
    base += count
    ancestors = nextAncestors(ancestors, sequence)
  }
  const journal = new ScriptedJournal(memoryJournal(log))
  const reader = new ActorLog(journal, NAME, "a-1", { until: LATER })
  return { log, journal, reader, events }
}

const searchOf = async (reader: ActorLog) => {
  const tail = await reader.tail() ?? assert.fail()
  return new CommitSearch(reader, tail)
}

const random = randomOf(7)
const upTo = (most: number) => Math.floor(random() * (most + 1))

const SHAPES: { readonly [what: string]: Shape } = {
  "of one event each": () => [1, 0],
  "far apart": () => [1, 50],
  "of many events": () => [40, 3],
  "of any size, anywhere": () => [upTo(40), upTo(20)],
  "that are mostly refusals": (commit) => [commit % 100 === 0 ? 1 : 0, 1],
  "with one long run of refusals": (commit) => [commit > 100 && commit < 1_900 ? 0 : 1, 0],
  "that come late after a long pause": (commit) => [1, commit === 1_000 ? 20_000 : 0],
  "that end long before the last one": (commit) => [1, commit === 1_999 ? 20_000 : 0],
}

describe("in a history of 2,000 commits", () => {
  for (const [what, shape] of Object.entries(SHAPES)) {
    test(`${what}, every version is found in few reads`, async () => {
      const { journal, reader, events } = written(2_000, shape)
      for (let tries = 0; tries < 12; tries++) {
        const version = [1, events.length, 1 + upTo(events.length - 1)][Math.min(tries, 2)]!
        const before = journal.read.commits
        const commit = await (await searchOf(reader)).at(version)
        assert.equal(commit.sequence, events[version - 1], `version ${version}`)
        const reads = journal.read.commits - before
        assert.ok(reads <= 40, `${reads} reads for version ${version} of ${events.length}`)
      }
    })

    test(`${what}, a stretch has each version once and in order`, async () => {
      const { reader, events } = written(2_000, shape)
      for (let tries = 0; tries < 4; tries++) {
        const from = upTo(events.length - 1)
        const to = Math.min(events.length, from + upTo(1_200))
        const found: number[] = []
        for await (const commits of stretch(reader, await searchOf(reader), from, to)) {
          for (const { base, events: each, sequence } of commits) {
            for (let index = 0; index < each.length; index++) {
              const version = base + index + 1
              if (version <= from || version > to) continue
              assert.equal(events[version - 1], sequence)
              found.push(version)
            }
          }
        }
        assert.deepEqual(found, Array.from({ length: to - from }, (_, index) => from + index + 1))
      }
    })
  }
})

test("a version is found even if a replica that is behind does not have it", async () => {
  const { journal, reader, events } = written(5_000, () => [1, 4])
  const search = await searchOf(reader)
  const behind = Math.floor(events.length * 0.7)
  const { from } = journal
  // A replica that is behind answers as if the later messages did not exist.
  journal.from = async (...given) => {
    const found = await from(...given)
    return found && found.base < behind ? found : undefined
  }
  for (let version = 100; version < events.length; version += 700) {
    const before = journal.read.commits
    assert.equal((await search.at(version)).sequence, events[version - 1])
    assert.ok(journal.read.commits - before <= 80, String(journal.read.commits - before))
  }
})

test("a commit that is missing is a broken history", async () => {
  const { log, reader, events } = written(300, () => [1, 0])
  const search = await searchOf(reader)
  delete log.stream("bank").messages[events[99]! - 1]
  await assert.rejects(search.at(100), BrokenHistory)
  const reading = async () => {
    for await (const _ of stretch(reader, search, 90, 110)) { /* each is read */ }
  }
  await assert.rejects(reading(), BrokenHistory)
})
