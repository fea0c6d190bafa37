/** Tests of remembered commands: the window, its bounds, and a simple model to compare with. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import fc from "fast-check"
import type { StoredEvent } from "../../../wire/internal.ts"
import { Opened, storedEvent } from "../../fixtures/account.ts"
import { REMEMBERED } from "../../limits.ts"
import type { HashKey } from "./keyed-hash.ts"
import { Remembered, type RememberedCommand } from "./idempotency-window.ts"

const NOON = Date.parse("2026-01-01T12:00:00Z")

/** A commit's worth of commands: their ids, how many events each caused, and when. */
interface Batch {
  readonly ids: readonly string[]
  readonly events: number
  readonly time: number
}

/** How long commands are remembered here, in milliseconds. */
const WINDOW_MS = 120_000

/** Adds commits to the window under test and to a plain list. */
class Compared {
  remembered = new Remembered(WINDOW_MS)
  model: (RememberedCommand & { readonly id: string; readonly seconds: number })[] = []
  #version = 0
  #sequence: number

  constructor(sequence = 0) {
    this.#sequence = sequence
  }

  add({ ids, events, time }: Batch): void {
    const sequence = ++this.#sequence
    const base = this.#version
    const stored: StoredEvent[] = []
    for (const id of ids) {
      const content = Number.MAX_SAFE_INTEGER - this.#version
      for (let each = 0; each < events; each++) {
        const event = storedEvent(Opened(), id, time)
        stored.push(each === 0 ? { ...event, content } : event)
      }
      this.#version += events
      const seconds = Math.floor(time / 1000)
      this.model.push({ id, sequence, version: this.#version, events, content, seconds })
    }
    this.remembered.add({ base, events: stored, sequence })
    this.#forget()
  }

  #forget(): void {
    const newest = this.model.at(-1)?.seconds ?? 0
    const { least, most } = REMEMBERED
    const horizon = newest - WINDOW_MS / 1000
    let gone = Math.max(0, this.model.length - most)
    while (this.model.length - gone > least && this.model[gone]!.seconds < horizon) gone++
    this.model = this.model.slice(gone)
  }

  check(known: Iterable<string>): void {
    assert.equal(this.remembered.size, this.model.length)
    const expected = new Map(this.model.map(({ id, sequence, version, events, content }) => [
      id,
      { sequence, version, events, content },
    ]))
    for (const id of known) assert.deepEqual(this.remembered.get(id), expected.get(id), id)
  }
}

const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, each) => `c-${from + each}`)

describe("the window", () => {
  test("an empty window remembers nothing", () => {
    const remembered = new Remembered(WINDOW_MS)
    assert.equal(remembered.get("c-1"), undefined)
    assert.equal(remembered.size, 0)
  })

  test("the outcome of each command is remembered, also of several in one commit", () => {
    const compared = new Compared()
    compared.add({ ids: ["a", "b"], events: 1, time: NOON })
    compared.add({ ids: ["c"], events: 3, time: NOON })
    compared.check(["a", "b", "c", "d"])
    const { version, events } = compared.remembered.get("c") ?? {}
    assert.deepEqual([version, events], [5, 3])
    assert.equal(compared.remembered.get("d"), undefined)
  })

  test("exactly the last 128 are remembered, however old they are", () => {
    const compared = new Compared()
    for (let each = 0; each < 1_000; each++) {
      compared.add({ ids: [`c-${each}`], events: 2, time: NOON + each * 600_000 })
    }
    assert.equal(compared.remembered.size, 128)
    assert.equal(compared.remembered.get("c-871"), undefined)
    assert.equal(compared.remembered.get("c-872")?.events, 2)
  })

  test("all commands of the last two minutes are remembered, however many", () => {
    const compared = new Compared()
    for (let second = 0; second <= 300; second++) {
      compared.add({ ids: ids(second * 100, 100), events: 1, time: NOON + second * 1_000 })
    }
    assert.equal(compared.remembered.get("c-17999"), undefined)
    assert.equal(compared.remembered.get("c-18000")?.sequence, 181)
    assert.equal(compared.remembered.size, 121 * 100)
    assert.equal(compared.remembered.oldestSeconds, NOON / 1000 + 180)
  })

  test("never more than 65,536 are remembered, in bounded space", () => {
    const remembered = new Remembered(WINDOW_MS)
    for (let each = 0; each < 300; each++) {
      const events = ids(each * 1_000, 1_000).map((id) => storedEvent(Opened(), id, NOON))
      remembered.add({ base: each * 1_000, events, sequence: each + 1 })
    }
    assert.equal(remembered.size, 65_536)
    assert.equal(remembered.get(`c-${300_000 - 65_537}`), undefined)
    assert.equal(remembered.get(`c-${300_000 - 65_536}`)?.version, 300_000 - 65_535)
    assert.equal(remembered.get("c-299999")?.version, 300_000)
    assert.ok(remembered.bytes < 65_536 * 100, `${remembered.bytes}`)
  })
})

describe("large numbers", () => {
  test("sequences beyond 32 bits and the most events of one command are kept", () => {
    const remembered = new Remembered(WINDOW_MS)
    const sequence = 2 ** 47 + 2 ** 32 + 5
    const events = Array.from({ length: 65_535 }, () => storedEvent(Opened(), "c-1", NOON))
    remembered.add({ base: 4_000_000_000, events, sequence })
    const expected = { sequence, version: 4_000_065_535, events: 65_535, content: 0 }
    assert.deepEqual(remembered.get("c-1"), expected)
    const restored = new Remembered(WINDOW_MS)
    restored.restore(remembered.save(10))
    assert.deepEqual(restored.get("c-1"), expected)
  })
})

describe("saving", () => {
  test("saved commands are remembered again; only the most recent of too many", () => {
    const compared = new Compared()
    compared.add({ ids: ids(0, 300), events: 1, time: NOON })
    const restored = new Remembered(WINDOW_MS)
    restored.restore(compared.remembered.save(100))
    assert.equal(restored.size, 100)
    assert.equal(restored.get("c-199"), undefined)
    for (const id of ids(200, 100)) {
      assert.deepEqual(restored.get(id), compared.remembered.get(id))
    }
  })

  test("saved commands are read from the middle of a larger buffer, and from a copy", () => {
    const compared = new Compared()
    compared.add({ ids: ids(0, 70), events: 1, time: NOON })
    const { key, words } = compared.remembered.save(70)
    for (const offset of [1, 2, 3, 4, 64]) {
      const larger = new Uint8Array(words.length + 100).fill(255)
      larger.set(words, offset)
      const restored = new Remembered(WINDOW_MS)
      restored.restore({ key, words: larger.subarray(offset, offset + words.length) })
      larger.fill(0)
      assert.equal(restored.size, 70)
      assert.deepEqual(restored.get("c-69"), compared.remembered.get("c-69"))
    }
  })

  test("bytes that are not saved commands are refused", () => {
    for (const length of [1, 4, 31, 33]) {
      const words = new Uint8Array(length)
      assert.throws(() => new Remembered(WINDOW_MS).restore({ key: [1, 2], words }), RangeError)
    }
    const keys = [[1], [1, 2, 3], [1, 0.5], [1, "2"]] as unknown as HashKey[]
    for (const key of keys) {
      assert.throws(
        () => new Remembered(WINDOW_MS).restore({ key, words: new Uint8Array() }),
        RangeError,
      )
    }
  })

  test("another process finds the saved commands of one process, and adds to them", () => {
    // Another process has another key: it restores the saved commands first, then adds new ones.
    const key: HashKey = [0x01234567, 0x89abcdef]
    const first = new Remembered(WINDOW_MS)
    first.restore({ key, words: new Uint8Array() })
    const add = (remembered: Remembered, id: string, sequence: number, content?: number) => {
      const event = { ...storedEvent(Opened(), id, NOON), ...(content ? { content } : {}) }
      remembered.add({ base: sequence - 1, events: [event], sequence })
    }
    add(first, "c-1", 1, 2 ** 53 - 1)
    const second = new Remembered(WINDOW_MS)
    second.restore(first.save(10))
    assert.deepEqual(second.save(10).key, key)
    add(second, "c-2", 2)
    const third = new Remembered(WINDOW_MS)
    third.restore(second.save(10))
    const expected = { sequence: 1, version: 1, events: 1, content: 2 ** 53 - 1 }
    assert.deepEqual(third.get("c-1"), expected)
    assert.equal(third.get("c-2")?.content, 0)
    assert.equal(third.get("c-3"), undefined)
  })
})

test("the window answers like a plain list, whatever is added, saved and asked", () => {
  const batch = fc.record({
    commands: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 30, max: 90 })),
    events: fc.integer({ min: 1, max: 3 }),
    afterMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 90_000 })),
    restore: fc.boolean(),
  })
  const start = fc.constantFrom(0, 2 ** 32 - 5)
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 25 }), start, (batches, sequence) => {
      const compared = new Compared(sequence)
      const known: string[] = ["never"]
      let time = NOON
      for (const { commands, events, afterMs, restore } of batches) {
        time += afterMs
        const added = ids(known.length, commands)
        known.push(...added)
        compared.add({ ids: added, events, time })
        if (restore) {
          const saved = compared.remembered.save(1_000_000)
          compared.remembered = new Remembered(WINDOW_MS)
          compared.remembered.restore(saved)
        }
      }
      compared.check(known)
    }),
    { numRuns: 150 },
  )
})
