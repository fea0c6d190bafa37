/** Tests of recorded events: each has its position and the metadata of its command. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import type { StoredCommit } from "./commit.ts"
import { Contract } from "../contracts/contract.ts"
import { Invalid, NotFound } from "../contracts/errors.ts"
import { recordedEvents } from "./recorded-event.ts"

const Counter = Contract.define("demo.counter", {
  commands: {},
  events: { Counted: { by: Schema.Int }, Cleared: {} },
})

const commit: StoredCommit = {
  base: 5,
  sequence: 40,
  ancestors: [],
  events: [
    { type: "Counted", schema: 1, data: { by: 1 }, command: "c-1", time: 0 },
    {
      ...{ type: "Cleared", schema: 1, data: {}, command: "c-2", time: 1 },
      ...{ correlation: "c-0", causation: "a:1", principal: "ada", traceparent: "t" },
    },
  ],
}

test("events are decoded, with versions that continue from the commit's base", () => {
  const [first, second, ...rest] = recordedEvents(Counter, "x", commit)
  assert.deepEqual(rest, [])
  assert.deepEqual(first?.event, Counter.events.Counted({ by: 1 }))
  assert.deepEqual(first?.meta, {
    id: "x",
    actor: "demo.counter",
    version: 6,
    position: "demo:40",
    sequence: 40,
    index: 0,
    time: new Date(0),
    commandId: "c-1",
    correlation: "c-1",
  })
  const { version, index, correlation, causation, principal, traceparent } = second?.meta ?? {}
  assert.deepEqual([version, index], [7, 1])
  assert.deepEqual([correlation, causation, principal, traceparent], ["c-0", "a:1", "ada", "t"])
})

test("only wanted types are decoded, and they keep their place", () => {
  const broken = { ...commit, events: [{ ...commit.events[0]!, data: {} }, commit.events[1]!] }
  const [only, ...rest] = recordedEvents(Counter, "x", broken, (type) => type === "Cleared")
  assert.deepEqual(rest, [])
  assert.deepEqual([only?.meta.version, only?.meta.index], [7, 1])
})

test("an event that breaks its contract is refused", () => {
  const withEvent = (changes: object) => ({
    ...commit,
    events: [{ ...commit.events[0]!, ...changes }],
  })
  assert.throws(() => recordedEvents(Counter, "x", withEvent({ data: { by: "1" } })), Invalid)
  assert.throws(() => recordedEvents(Counter, "x", withEvent({ type: "Unheard" })), NotFound)
})

test("only wanted events of today are kept, and parts of one stored event share its place", () => {
  const Today = Contract.define("demo.counter", {
    commands: {},
    events: { Added: { by: Schema.Int }, Logged: {}, Emptied: {} },
    upcasts: {
      Counted: [{ becomes: { Added: ({ by }) => ({ by }), Logged: () => ({}) } }],
      Cleared: [{ becomes: "nothing" }],
    },
  })
  const read = (...types: string[]) =>
    recordedEvents(Today, "x", commit, (type) => types.includes(type))
      .map(({ event, meta, part }) => [event.type, meta.version, meta.index, part])
  assert.deepEqual(read("Added", "Logged"), [["Added", 6, 0, undefined], ["Logged", 6, 0, 1]])
  assert.deepEqual(read("Logged"), [["Logged", 6, 0, 1]])
  assert.deepEqual(read("Counted", "Cleared", "Emptied"), [])
})
