/** Events that cannot be written: only their command fails, and the actor goes on. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Contract } from "../../contracts/internal.ts"
import { createClient, MemoryLog, memoryWire, OWN_NESTING } from "../../wire/internal.ts"
import { Actor } from "../actor.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { startHost } from "./host.ts"

const Nests = Contract.define("wood.nest", {
  commands: { Build: { levels: Schema.Int } },
  events: { Built: { nest: Schema.Unknown } },
})

const { Build } = Nests.commands

const nested = (levels: number): unknown => {
  let nest: unknown = {}
  for (let level = 1; level < levels; level++) nest = [nest]
  return nest
}

const nest = Actor.define(Nests, {
  initial: 0,
  decide: { Build: (_, { levels }) => Nests.events.Built({ nest: nested(levels) }) },
  evolve: { Built: (built) => built + 1 },
})

/** Levels that a commit has around the fields of an event, and the event around its field. */
const AROUND = 4

test("an event that is nested too deeply to be read again is never stored", async (t) => {
  const wire = memoryWire()
  const journal = memoryJournal(new MemoryLog())
  const host = startHost({ actors: [nest], wire, journal })
  t.after(() => host.stop())
  const client = createClient(wire)
  const build = async (levels: number): Promise<string> => {
    const answer = client.ask(Nests, "n-1", Build({ levels }))
    return await answer.then(({ kind }) => kind, (error) => error._tag)
  }
  const most = OWN_NESTING - AROUND
  const all = [build(1), build(most + 1), build(most), build(5_000), build(1)]
  const answers = await Promise.all(all)
  assert.deepEqual(answers, ["accepted", "Internal", "accepted", "Internal", "accepted"])
  assert.equal(await build(1), "accepted")
  // What was stored can be read: the actor is folded from it.
  const tail = await journal.tail("wood.nest", "n-1", { fresh: true })
  assert.equal((tail?.base ?? 0) + (tail?.events.length ?? 0), 4)
})
