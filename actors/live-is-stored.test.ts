/** Tests that an actor in memory is what its log, and its snapshot, make of it later. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { Schema, SchemaTransformation } from "effect"
import { Contract, type Fields, type Message, thawed } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import { decodeCommit, encodeCommit } from "../wire/internal.ts"
import { Actor, type AnyActor } from "./actor.ts"
import { command, NOW } from "./fixtures/turns.ts"
import { Resident } from "./host/resident.ts"
import { decodeSnapshot, encodeSnapshot } from "./host/snapshot.ts"
import { TurnBuilder } from "./host/turn.ts"

interface Tree {
  readonly name: string
  readonly kids: readonly Tree[]
}

const Tree: Schema.Codec<Tree> = Schema.Struct({
  name: Schema.String,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)),
})

class Price extends Schema.Class<Price>("Price")({ amount: Schema.Number }) {}

/** A transformation that loses the time of the day. */
const Day = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Date,
    SchemaTransformation.transform({
      decode: (text: string) => new Date(`${text}T00:00:00Z`),
      encode: (day: Date) => day.toISOString().slice(0, 10),
    }),
  ),
)

const turnOf = (actor: AnyActor, resident: Resident, message: Message<"command">) => {
  const builder = new TurnBuilder(actor, "a-1", resident, NOW)
  builder.add(command(message as never, `c-${resident.version}`))
  return builder.build()
}

/** The state of an actor that keeps an event's field: after the turn, and after a replay. */
const bothStates = (schema: Schema.Codec<never, unknown>, value: unknown) => {
  const fields: Fields = { value: schema as Schema.Codec<unknown, unknown> }
  const Things = Contract.define("lab.thing", {
    commands: { Set: {} },
    events: { WasSet: fields as { value: Schema.Codec<unknown, unknown> } },
  })
  const actor = Actor.define(Things, {
    initial: { kept: undefined as unknown },
    decide: { Set: () => Things.events.WasSet({ value }) },
    evolve: { WasSet: (_state, { value }) => ({ kept: value }) },
  })
  const resident = new Resident(actor.initial)
  const turn = turnOf(actor, resident, Things.commands.Set())
  const [answer] = turn.prepared
  const commit = { base: 0, ancestors: [], events: turn.events }
  const stored = decodeCommit(encodeCommit(commit), 1)
  resident.fold(actor, [stored])
  return { answer: answer?.answer, live: turn.state, replayed: resident.state }
}

const shared = ["x"]

const CASES: readonly (readonly [string, Schema.Codec<never, unknown>, unknown])[] = [
  ["-0", Schema.Number, -0],
  ["-0 in an integer", Schema.Int, -0],
  ["-0 in a union", Schema.NullOr(Schema.Finite), -0],
  ["NaN", Schema.Number, NaN],
  ["infinity", Schema.Number, -Infinity],
  ["half a surrogate pair", Schema.String, "a\ud800b"],
  ["half a pair in a list", Schema.Array(Schema.String), ["\udc00", "fine"]],
  ["half a pair as a key", Schema.Record(Schema.String, Schema.Int), { "\ud800": 1 }],
  ["a shared list", Schema.Array(Schema.String), shared],
  ["undefined where it may be", Schema.Struct({ a: Schema.optional(Schema.String) }), {
    a: undefined,
  }],
  ["undefined in a list", Schema.Array(Schema.UndefinedOr(Schema.Int)), [undefined, 1]],
  ["a date", Schema.Date, new Date(1)],
  ["a date that loses its time", Day, new Date(1)],
  ["a bigint", Schema.BigInt, 12345678901234567890n],
  ["an instance of a class", Price, new Price({ amount: -0 })],
  ["a map", Schema.ReadonlyMap(Schema.String, Schema.Number), new Map([["a", -0]])],
  ["bytes", Schema.Uint8Array, new Uint8Array([1, 2])],
  ["any JSON", Schema.Unknown, { a: [-0, "\ud800"] }],
  ["an object without fields", Schema.Struct({}), { a: -0, at: new Date(1) }],
  ["a recursive value", Tree, { name: "\ud800", kids: [{ name: "b", kids: [] }] }],
].map(([name, schema, value]) => [name, schema, value] as never)

/** The state that `evolve` returns, as it is kept and as a snapshot gives it back. */
const keptStates = (schema: Schema.Codec<never, unknown>, value: unknown) => {
  const Things = Contract.define("lab.thing", { commands: { Set: {} }, events: { WasSet: {} } })
  const kept = schema as Schema.Codec<unknown, unknown>
  const actor = Actor.define(Things, {
    initial: { kept: null as unknown },
    state: Schema.Struct({ kept: Schema.NullOr(kept) }),
    decide: { Set: () => Things.events.WasSet() },
    evolve: { WasSet: () => ({ kept: value }) },
  })
  const resident = new Resident(actor.initial)
  const { events } = turnOf(actor, resident, Things.commands.Set())
  resident.fold(actor, [{ base: 0, ancestors: [], events, sequence: 1 }])
  const snapshot = encodeSnapshot(actor, resident) ?? assert.fail()
  const { resident: restored } = decodeSnapshot(actor, snapshot) ?? assert.fail("no snapshot")
  return { live: resident.state, restored: restored.state }
}

describe("what is live is what is stored", () => {
  for (const [name, schema, value] of CASES) {
    test(`the state after ${name} is the state after a replay`, () => {
      const { answer, live, replayed } = bothStates(schema, value)
      assert.deepEqual(answer, { kind: "accepted-here", version: 1, events: 1 })
      assert.deepEqual(live, replayed)
    })
  }

  for (const [name, schema, value] of CASES) {
    test(`the state that keeps ${name} is the state that a snapshot gives back`, () => {
      const { live, restored } = keptStates(schema, value)
      assert.deepEqual(thawed(live), thawed(restored))
    })
  }

  test("a list that decide changes later stays as it was stored", () => {
    const { live } = bothStates(Schema.Array(Schema.String) as never, shared)
    const anything = bothStates(Schema.Unknown as never, shared)
    try {
      shared.push("changed after")
    } catch {
      // Frozen, if it was taken as it is.
    }
    assert.deepEqual(live, { kept: ["x"] })
    assert.deepEqual(anything.live, { kept: ["x"] })
  })
})
