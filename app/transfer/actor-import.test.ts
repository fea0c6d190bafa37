/** Tests of the import of one actor's lines, where the events of a command are cut apart. */
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import { Contract, isFailure } from "../../contracts/internal.ts"
import { FaultyJournal, randomOf } from "../../actors/fixtures/faulty-journal.ts"
import { wholeHistory } from "../../actors/host/history.ts"
import { memoryJournal } from "../../actors/internal.ts"
import { MemoryLog } from "../../wire/internal.ts"
import { ActorImport, type ImportServices, ImportStopped } from "./actor-import.ts"
import type { EventLine } from "./import-line.ts"
import { LogEnds } from "./log-end.ts"

const Crate = Contract.define("yard.crate", {
  commands: {},
  events: { Filled: { count: Schema.Int } },
  rejections: {},
})

const line = (number: number, command = "one-command"): EventLine => ({
  ...{ line: number, contract: Crate, id: "c-1", command, bytes: 100 },
  event: { type: "Filled", schema: 1, data: { count: number }, command, time: 1 },
})

test("events of one command that are cut apart are there once, however they are cut", async () => {
  const journal = memoryJournal(new MemoryLog())
  /** Imports chunks of lines, as a run of its own. */
  const run = async (...chunks: EventLine[][]) => {
    const services = { journal, ends: new LogEnds() } as unknown as ImportServices
    const sums = { written: 0, present: 0, wrong: 0 }
    for (const chunk of chunks) {
      const done = await new ActorImport(services, chunk[0]!).run(chunk)
      sums.written += done.written
      sums.present += done.present
      sums.wrong += done.wrong.length
    }
    return sums
  }
  const [a, b, c, d] = [line(1), line(2), line(3), line(4)]
  assert.deepEqual(await run([a, b]), { written: 2, present: 0, wrong: 0 })
  assert.deepEqual(await run([a, b], [c, d]), { written: 2, present: 2, wrong: 0 })
  for (const chunks of [[[a, b], [c, d]], [[a], [b, c, d]], [[a, b, c], [d]], [[a, b, c, d]]]) {
    assert.deepEqual(await run(...chunks), { written: 0, present: 4, wrong: 0 })
  }
  const tail = await journal.tail("yard.crate", "c-1", { fresh: true })
  assert.equal(tail!.base + tail!.events.length, 4)
})

test("every event is there once when outcomes are unknown and imports are stopped", async () => {
  const lines = Array.from({ length: 12 }, (_, n) => line(n, `command-${n >> 1}`))
  const chunks = [lines.slice(0, 5), lines.slice(5, 6), lines.slice(6)]
  for (let seed = 1; seed <= 60; seed++) {
    const log = new MemoryLog()
    const journal = new FaultyJournal(log, randomOf(seed))
    /** Imports the whole file once; false when that is stopped. */
    const run = async (): Promise<boolean> => {
      const services = { journal, ends: new LogEnds() } as unknown as ImportServices
      try {
        for (const chunk of chunks) {
          const { wrong } = await new ActorImport(services, chunk[0]!).run(chunk)
          assert.deepEqual(wrong, [], `seed ${seed}`)
        }
        return true
      } catch (error) {
        // A stopped import says so, and an outage of the log is one.
        assert.ok(error instanceof ImportStopped || isFailure(error), String(error))
        return false
      }
    }
    for (let runs = 0; !await run(); runs++) if (runs > 20) journal.faulty = false
    journal.faulty = false
    // What was still under way may land now.
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    assert.ok(await run())
    const commits = await wholeHistory(memoryJournal(log), "yard.crate", "c-1")
    const counts = commits.flatMap(({ events }) => events.map(({ data }) => data))
    assert.deepEqual(counts, lines.map(({ event }) => event.data), `seed ${seed}`)
  }
})
