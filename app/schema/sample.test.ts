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
  assert.deepEqual([found.messages, found.events, last], [4, 4, 4])
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

test("of a long log, the newest messages and some of all others are read, each once", async () => {
  const log = logOf(Array.from({ length: 1_000 }, (_, kilos) => ["Filled", 2, { kilos }] as const))
  const read: number[] = []
  const feed = memoryFeed(log)
  const watched: typeof feed = {
    ...feed,
    at: (context, sequence) => {
      read.push(sequence)
      return feed.at(context, sequence)
    },
  }
  await sampleLog(app, watched, { sample: 80 })
  assert.equal(read.length, 80)
  assert.equal(new Set(read).size, 80)
  for (let newest = 981; newest <= 1_000; newest++) assert.ok(read.includes(newest))
  assert.ok(read.filter((sequence) => sequence <= 500).length > 10)
})
