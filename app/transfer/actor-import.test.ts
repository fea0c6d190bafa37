/** Tests of the import of one actor's lines, where the events of a command are cut apart. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import { Contract } from "../../contracts/internal.ts"
import { memoryJournal } from "../../actors/internal.ts"
import { MemoryLog } from "../../wire/internal.ts"
import { ActorImport, type ImportServices } from "./actor-import.ts"
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
