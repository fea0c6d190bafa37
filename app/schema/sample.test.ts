/** Tests of samples of a log: versions are counted, and what cannot be read is named. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { memoryFeed } from "../../projections/internal.ts"
import { test } from "../../testing/test.ts"
import { encodeCommit, logSubject, MemoryLog } from "../../wire/internal.ts"
import { App } from "../mod.ts"
import { sampleLog } from "./sample.ts"

const Mill = Contract.define("mill.sack", {
  commands: {},
  events: { Filled: { kilos: Schema.Int }, Emptied: {} },
  upcasts: {
    Filled: [({ pounds }) => ({ kilos: Math.round(Number(pounds) / 2) })],
    Opened: [{ becomes: "nothing" }],
  },
})

const sack = Actor.define(Mill, {
  initial: 0,
  decide: {},
  evolve: {
    Filled: (_, { kilos }) => kilos,
    Emptied: () => 0,
  },
})

const app = App.define("mill", { actors: [sack] })

const logOf = (events: readonly (readonly [type: string, schema: number, data: object])[]) => {
  const log = new MemoryLog()
  events.forEach(([type, schema, data], index) => {
    const event = { type, schema, data, command: `c-${index}`, time: 0 }
    const payload = encodeCommit({ base: 0, ancestors: [], events: [event] })
    log.append("mill", logSubject("mill.sack", `s-${index}`), 0, payload)
  })
  return log
}

test("a small log is read whole: its versions are counted, and nothing breaks", async () => {
  const log = logOf([
    ["Filled", 1, { pounds: 4 }],
    ["Filled", 2, { kilos: 3 }],
    ["Opened", 1, {}],
    ["Filled", 2, { kilos: 1 }],
  ])
  let last = 0
  const progress = (done: number) => last = done
  const found = await sampleLog(app, memoryFeed(log), { sample: 100, progress })
  assert.deepEqual(found.findings, [])
  assert.deepEqual([found.messages, found.events, found.tried, last], [4, 4, 4, 4])
  assert.deepEqual(found.seen, {
    "mill.sack Filled v1": 1,
    "mill.sack Filled v2": 2,
    "mill.sack Opened v1": 1,
  })
})

test("an unknown event, a newer version and other fields are named with a position", async () => {
  const log = logOf([
    ["Filled", 2, { kilos: 3 }],
    ["Torn", 1, {}],
    ["Filled", 3, { kilos: 3 }],
    ["Filled", 2, { kilos: "3" }],
    ["Filled", 2, { kilos: "4" }],
  ])
  log.append("mill", logSubject("mill.sack", "s-9"), 0, new Uint8Array([0xc1]))
  const { findings } = await sampleLog(app, memoryFeed(log), { sample: 100 })
  const told = findings.map((
    { subject, message, failed },
  ) => [subject, message.slice(0, 9), failed])
  assert.deepEqual(told, [
    ["mill.sack Torn v1", "at mill:2", 1],
    ["mill.sack Filled v3", "at mill:3", 1],
    ["mill.sack Filled v2", "at mill:4", 2],
    ["a message of mill", "at mill:6", 1],
  ])
})

test("a long log is counted whole; the newest, others and the first are tried", async () => {
  const old = { 1: ["Opened", 1, {}], 500: ["Filled", 1, { pounds: 2 }] } as const
  const log = logOf(
    Array.from(
      { length: 1_000 },
      (_, kilos) => old[kilos as 1] ?? ["Filled", 2, { kilos }] as const,
    ),
  )
  const taken: number[] = []
  const watched = memoryFeed(log)
  const feed: typeof watched = {
    ...watched,
    at: (context, sequence) => {
      taken.push(sequence)
      return watched.at(context, sequence)
    },
  }
  const found = await sampleLog(app, feed, { sample: 80 })
  assert.deepEqual(found.seen, {
    "mill.sack Filled v2": 998,
    "mill.sack Opened v1": 1,
    "mill.sack Filled v1": 1,
  })
  assert.deepEqual(found.old, [
    { version: "mill.sack Filled v1", count: 1, first: "mill:501", last: "mill:501" },
    { version: "mill.sack Opened v1", count: 1, first: "mill:2", last: "mill:2" },
  ])
  assert.ok(found.tried >= 80 && found.tried <= 125, String(found.tried))
  assert.deepEqual(taken, [], "one pass reads everything")
})

test("a rare version that today's code cannot take is found among a thousand others", async () => {
  const log = logOf(
    Array.from(
      { length: 1_000 },
      (_, kilos) =>
        ["Filled", kilos === 700 ? 1 : 2, kilos === 700 ? { pounds: "heavy" } : { kilos }] as const,
    ),
  )
  const { findings } = await sampleLog(app, memoryFeed(log), { sample: 8 })
  assert.deepEqual(findings.map(({ subject }) => subject), ["mill.sack Filled v1"])
  assert.match(findings[0]!.message, /^at mill:701: /)
})

test("upcasts that no event of the log needs are named", async () => {
  const log = logOf([["Filled", 2, { kilos: 1 }]])
  const { old, unused } = await sampleLog(app, memoryFeed(log), { sample: 8 })
  assert.deepEqual(old, [])
  assert.deepEqual(unused, ["mill.sack Filled v1", "mill.sack Opened v1"])
})

test("an actor whose own history evolve refuses is found, and where", async () => {
  const strict = Actor.define(Mill, {
    initial: 0,
    state: Schema.Int,
    decide: {},
    evolve: {
      Filled: (sum, { kilos }) => {
        if (sum + kilos > 1_000_000) throw new Error("the sack has burst")
        return sum + kilos
      },
      Emptied: () => 0,
    },
  })
  const log = new MemoryLog()
  const ancestors: number[] = []
  for (const [base, kilos] of [400_000, 400_000, 300_000].entries()) {
    const event = { type: "Filled", schema: 2, data: { kilos }, command: `c-${base}`, time: 0 }
    const payload = encodeCommit({ base, ancestors, events: [event] })
    const subject = logSubject("mill.sack", "s-1")
    log.append("mill", subject, ancestors.at(-1) ?? 0, payload)
    ancestors.push(base + 1)
  }
  const found = await sampleLog(App.define("mill", { actors: [strict] }), memoryFeed(log), {
    sample: 100,
  })
  const own = found.findings.find(({ message }) => message.includes("own history"))
  assert.equal(
    own?.message,
    "at mill:3: evolve of mill.sack, on its own history: the sack has burst",
  )
  assert.equal(own?.severity, "breaks")
  assert.equal(found.histories, 1)
})
