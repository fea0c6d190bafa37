/** What every journal does: the suite that its twins share. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { encodeCommit, nextAncestors } from "../../wire/internal.ts"
import { commitOf, Noted, storedEvent } from "../fixtures/account.ts"
import type { Appended, Journal } from "./journal.ts"

const NAME = "bank.account"
const TIMEOUT_MS = 5_000
let ids = 0

const newId = () => `journal-${ids++}`

const appendTo = (
  journal: Journal,
  id: string,
  expected: number,
  commit: Uint8Array,
  name = NAME,
): Promise<Appended> =>
  new Promise((resolve) => journal.append(name, id, expected, commit, TIMEOUT_MS, resolve))

const stored = (appended: Appended): number => {
  assert.equal(appended.type, "stored", JSON.stringify(appended))
  return appended.type === "stored" ? appended.sequence : 0
}

const appending = (open: () => Promise<Journal>) => {
  test("a commit after the last one is stored, and later sequences are higher", async () => {
    const [journal, id] = [await open(), newId()]
    const first = stored(await appendTo(journal, id, 0, commitOf(0, [], "c-1")))
    const second = stored(await appendTo(journal, id, first, commitOf(1, [first], "c-2")))
    assert.ok(second > first)
    for (const fresh of [true, false]) {
      const tail = await journal.tail(NAME, id, { fresh })
      assert.equal(tail?.sequence, second)
      assert.equal(tail.base, 1)
      assert.deepEqual(tail.ancestors, [first])
      assert.deepEqual(tail.events.map(({ command }) => command), ["c-2"])
    }
  })

  test("every id has a log of its own, whatever its characters", async () => {
    const journal = await open()
    const ids = ["ada@example.com", "ada%40example.com", "a/b", "t:1", "*", "\u65e5".repeat(128)]
    for (const id of ids) {
      const first = stored(await appendTo(journal, id, 0, commitOf(0, [], "c-1")))
      const second = stored(await appendTo(journal, id, first, commitOf(1, [first], "c-2")))
      for (const fresh of [true, false]) {
        const tail = await journal.tail(NAME, id, { fresh })
        assert.deepEqual([tail?.sequence, tail?.ancestors], [second, [first]], id)
      }
    }
  })

  test("a commit after anything but the last one is a conflict and leaves no trace", async () => {
    const [journal, id] = [await open(), newId()]
    const first = stored(await appendTo(journal, id, 0, commitOf(0, [], "c-1")))
    for (const expected of [0, first + 1_000]) {
      const appended = await appendTo(journal, id, expected, commitOf(0, [], "c-2"))
      assert.deepEqual(appended, { type: "conflict" })
    }
    const second = stored(await appendTo(journal, id, first, commitOf(1, [first], "c-3")))
    const late = await appendTo(journal, id, first, commitOf(1, [first], "c-4"))
    assert.deepEqual(late, { type: "conflict" })
    assert.equal((await journal.tail(NAME, id, { fresh: true }))?.sequence, second)
  })

  test("a first commit that expects an earlier one is a conflict", async () => {
    const [journal, id] = [await open(), newId()]
    assert.deepEqual(await appendTo(journal, id, 1, commitOf(1, [1], "c-1")), { type: "conflict" })
    assert.equal(await journal.tail(NAME, id, { fresh: true }), undefined)
  })

  test("of many concurrent appends to one actor, one is stored", async () => {
    const [journal, id] = [await open(), newId()]
    const all = await Promise.all(
      Array.from(
        { length: 20 },
        (_, each) => appendTo(journal, id, 0, commitOf(0, [], `c-${each}`)),
      ),
    )
    assert.equal(all.filter(({ type }) => type === "stored").length, 1)
    assert.equal(all.filter(({ type }) => type === "conflict").length, 19)
  })

  test("concurrent appends to many actors are all stored, each in its own log", async () => {
    const [journal, prefix] = [await open(), newId()]
    const all = await Promise.all(Array.from({ length: 300 }, async (_, each) => {
      const id = `${prefix}-${each}`
      const sequence = stored(await appendTo(journal, id, 0, commitOf(0, [], id)))
      return { id, sequence }
    }))
    assert.equal(new Set(all.map(({ sequence }) => sequence)).size, 300)
    for (const { id, sequence } of all) {
      const tail = await journal.tail(NAME, id, { fresh: true })
      assert.equal(tail?.sequence, sequence)
      assert.equal(tail.events[0]?.command, id)
    }
  })

  test("a commit as large as allowed is stored and read back", async () => {
    const [journal, id] = [await open(), newId()]
    const sized = (length: number) =>
      encodeCommit({
        base: 0,
        ancestors: [],
        events: [storedEvent(Noted({ text: "x".repeat(length) }), "c-1")],
      })
    const most = journal.maxCommitBytes()
    const commit = sized(100_000 + most - sized(100_000).length)
    assert.equal(commit.length, most)
    stored(await appendTo(journal, id, 0, commit))
    const tail = await journal.tail(NAME, id, { fresh: true })
    assert.equal(encodeCommit(tail!).length, most)
  })
}

const reading = (open: () => Promise<Journal>) => {
  test("an actor without commits has no tail", async () => {
    const [journal, id] = [await open(), newId()]
    assert.equal(await journal.tail(NAME, id, { fresh: false }), undefined)
    assert.equal(await journal.tail(NAME, id, { fresh: true }), undefined)
  })

  test("commits come in the order of the requested sequences", async () => {
    const [journal, id] = [await open(), newId()]
    let [sequence, ancestors]: [number, number[]] = [0, []]
    for (let version = 0; version < 10; version++) {
      const commit = commitOf(version, ancestors, `c-${version}`)
      sequence = stored(await appendTo(journal, id, sequence, commit))
      ancestors = nextAncestors(ancestors, sequence)
    }
    const asked = [...ancestors].reverse()
    const found = await journal.commits(NAME, asked)
    assert.deepEqual(found.map((commit) => commit.sequence), asked)
    assert.deepEqual(found.map(({ base }) => base), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert.deepEqual(await journal.commits(NAME, []), [])
  })

  test("an actor's next commit is found from any sequence, and of no other actor", async () => {
    const [journal, id, other] = [await open(), newId(), newId()]
    const first = stored(await appendTo(journal, id, 0, commitOf(0, [], "c-1")))
    const between = stored(await appendTo(journal, other, 0, commitOf(0, [], "c-1")))
    const second = stored(await appendTo(journal, id, first, commitOf(1, [first], "c-2")))
    const found = async (sequence: number) => (await journal.from(NAME, id, sequence))?.sequence
    for (const sequence of [0, 1, first]) assert.equal(await found(sequence), first)
    for (const sequence of [first + 1, between, second]) {
      assert.equal(await found(sequence), second)
    }
    assert.equal(await found(second + 1), undefined)
    assert.equal(await journal.from(NAME, newId(), 1), undefined)
  })

  test("the bytes that are read are added up", async () => {
    const [journal, id] = [await open(), newId()]
    const commit = commitOf(0, [], "c-1")
    const sequence = stored(await appendTo(journal, id, 0, commit))
    const meter = { bytes: 0 }
    const counted = async (read: () => Promise<unknown>) => {
      const before = meter.bytes
      await read()
      return meter.bytes - before
    }
    const { length } = commit
    for (const fresh of [true, false]) {
      assert.equal(await counted(() => journal.tail(NAME, id, { fresh, meter })), length)
    }
    assert.equal(await counted(() => journal.from(NAME, id, 1, meter)), length)
    const twice = () => journal.commits(NAME, [sequence, sequence], meter)
    assert.equal(await counted(twice), 2 * length)
  })

  test("a sequence beyond the end of the log is an outage, not a broken history", async () => {
    const [journal, id] = [await open(), newId()]
    const first = stored(await appendTo(journal, id, 0, commitOf(0, [], "c-1")))
    const reading = journal.commits(NAME, [first, 1_000_000])
    await assert.rejects(reading, { _tag: "Unavailable", message: /1000000/ })
  })
}

/** Runs the suite; each journal that `open` gives keeps the commits of the context `bank`. */
export const journalSuite = (open: () => Promise<Journal>): void => {
  describe("appends", () => appending(open))
  describe("reads", () => reading(open))
}
