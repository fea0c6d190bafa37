/** Tests of actors: handlers by message, folds, stamps, and what does not compile. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Contract, type Message } from "../contracts/internal.ts"
import { account, Deposit, Deposited, NotOpen, Open, Opened } from "./fixtures/account.ts"
import { Actor, type DecideMeta, replay } from "./actor.ts"

const meta: DecideMeta = {
  id: "a-1",
  version: 0,
  now: new Date(0),
  commandId: "c-1",
  correlation: "c-1",
  newId: () => "id-1",
  random: () => 0,
}

const Doors = Contract.define("house.door", {
  commands: { Shut: {}, Paint: { colour: Schema.String } },
  events: { DoorShut: {}, Painted: { colour: Schema.String } },
  rejections: { Jammed: {} },
})

const Windows = Contract.define("house.window", {
  commands: { Shatter: {} },
  events: { Shattered: { pieces: Schema.Int } },
})

const { DoorShut, Painted } = Doors.events

test("a decision is a rejection or a list of events, in whatever form it was returned", () => {
  const { initial } = account
  assert.deepEqual(account.decide(initial, Open(), meta), [Opened()])
  assert.deepEqual(account.decide(initial, Deposit({ amount: 1 }), meta), NotOpen())
  assert.deepEqual(account.decide({ open: true, balance: 0 }, Open(), meta), [])
})

test("a state is the fold of its events, from the beginning or from a state", () => {
  const events = [Opened(), Deposited({ amount: 3 }), Deposited({ amount: 4 })]
  const state = replay(account, events)
  assert.deepEqual(state, { open: true, balance: 7 })
  const more = replay(account, [Deposited({ amount: 1 })], state)
  assert.deepEqual(more, { open: true, balance: 8 })
  assert.deepEqual(state, { open: true, balance: 7 })
  assert.deepEqual(replay(account, []), account.initial)
})

test("a message without a handler, even one named like a method of objects, is an error", () => {
  for (const type of ["Unheard", "toString", "__proto__", "constructor"]) {
    const command: Message<"command"> = { kind: "command", type, data: {} }
    assert.throws(() => account.decide(account.initial, command, meta), /has no handler for/)
    const event: Message<"event"> = { kind: "event", type, data: {} }
    assert.throws(() => account.evolve(account.initial, event), /has no handler for/)
  }
})

test("what is no decision is refused, by the name of the handler", () => {
  const evolve = { DoorShut: () => true, Painted: (shut: boolean) => shut }
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /^house\.door decide Shut returns undefined: return an event, a list/],
    [null, /decide Shut returns null/],
    [true, /decide Shut returns a boolean/],
    [{}, /decide Shut returns a object/],
    [DoorShut, /decide Shut returns the constructor DoorShut instead of calling it/],
    [Doors.commands.Shut(), /decide Shut returns the command Shut/],
    [[DoorShut(), undefined], /decide Shut returns undefined in a list/],
    [[DoorShut(), Doors.commands.Shut()], /decide Shut returns the command Shut in a list/],
    [Promise.resolve(DoorShut()), /decide Shut is asynchronous/],
    [Promise.reject(new Error("late")), /decide Shut is asynchronous/],
    [[Promise.resolve(DoorShut())], /decide Shut is asynchronous/],
  ]
  for (const [decision, message] of wrong) {
    const decide = { Shut: () => decision, Paint: () => [] }
    const door = Actor.define(Doors, { initial: false, decide: decide as never, evolve })
    assert.throws(() => door.decide(false, Doors.commands.Shut(), meta), { message })
  }
})

test("what is no state is refused, by the name of the handler", () => {
  const decide = { Shut: () => DoorShut(), Paint: () => [] }
  for (const state of [undefined, Promise.resolve(true)]) {
    const evolve = { DoorShut: () => state, Painted: () => false }
    const door = Actor.define(Doors, { initial: false, decide, evolve: evolve as never })
    assert.throws(() => door.evolve(false, DoorShut()), /^HandlerBug: house\.door evolve DoorShut /)
  }
})

test("the stamp changes with the schema and the version, and with nothing else", () => {
  const decide = { Shut: () => DoorShut(), Paint: () => [] }
  const evolve = { DoorShut: keep, Painted: keep }
  const stampOf = (state: Schema.Codec<number, number>, version?: number) =>
    Actor.define(Doors, { initial: 1, state, decide, evolve, ...version && { version } }).state
      ?.stamp
  const stamp = stampOf(Schema.Number)
  assert.ok(stamp)
  assert.equal(stampOf(Schema.Number, 1), stamp)
  assert.notEqual(stampOf(Schema.Number, 2), stamp)
  assert.notEqual(stampOf(Schema.Int), stamp)
  assert.equal(Actor.define(Doors, { initial: 1, decide, evolve }).state, undefined)
})

function keep(state: number): number {
  return state
}

/** The compiler checks the following code, which never runs. */
describe("what does not compile", () => {
  test("is checked by the compiler, and defines nothing", () =>
    assert.equal(typeof types, "function"))
})

const decide = { Shut: () => DoorShut(), Paint: () => [] }
const evolve = { DoorShut: () => true, Painted: (shut: boolean) => shut }

export const types = () => {
  // @ts-expect-error: a command has no handler.
  Actor.define(Doors, { initial: false, decide: { Shut: () => DoorShut() }, evolve })

  // @ts-expect-error: an event has no handler.
  Actor.define(Doors, { initial: false, decide, evolve: { DoorShut: () => true } })

  Actor.define(Doors, {
    initial: false,
    // @ts-expect-error: the contract has no such command.
    decide: { Shut: () => DoorShut(), Paint: () => [], Open: () => [] },
    evolve,
  })

  Actor.define(Doors, {
    initial: false,
    decide,
    // @ts-expect-error: the contract has no such event.
    evolve: { DoorShut: () => true, Painted: (shut: boolean) => shut, Opened: () => false },
  })
}

export const wrongMessages = () => {
  Actor.define(Doors, {
    initial: false,
    // @ts-expect-error: the event is of another contract.
    decide: { Shut: () => Windows.events.Shattered({ pieces: 3 }), Paint: () => [] },
    evolve,
  })

  Actor.define(Doors, {
    initial: false,
    // @ts-expect-error: the event was invented.
    decide: { Shut: () => ({ kind: "event", type: "Slammed", data: {} }), Paint: () => [] },
    evolve,
  })

  Actor.define(Doors, {
    initial: false,
    // @ts-expect-error: a command is no decision.
    decide: { Shut: () => Doors.commands.Shut(), Paint: () => [] },
    evolve,
  })

  Actor.define(Doors, {
    initial: false,
    decide,
    // @ts-expect-error: the state is of another type.
    evolve: { DoorShut: () => "shut", Painted: (shut: boolean) => shut },
  })

  Actor.define(Doors, {
    initial: false,
    decide: {
      Shut: () => DoorShut(),
      // @ts-expect-error: a field of the event is missing.
      Paint: () => Painted({}),
    },
    evolve,
  })

  Actor.define(Doors, {
    initial: false,
    decide: {
      Shut: () => DoorShut(),
      // @ts-expect-error: the command has no such field.
      Paint: (_door, { color }) => Painted({ colour: color }),
    },
    evolve,
  })

  // @ts-expect-error: the schema is of another state.
  Actor.define(Doors, { initial: false, state: Schema.String, decide, evolve })
}

export const literals = () => {
  const status = Actor.define(Doors, {
    initial: "open" as "open" | "shut",
    decide,
    evolve: { DoorShut: () => "shut", Painted: (state) => state },
  })
  const initial: "open" | "shut" = status.initial

  const record = Actor.define(Doors, {
    initial: { status: "open" as "open" | "shut", coats: 0 },
    decide,
    evolve: {
      DoorShut: (state) => ({ ...state, status: "shut" }),
      Painted: (state) => ({ ...state, coats: state.coats + 1 }),
    },
  })
  const { coats }: { coats: number } = record.initial

  Actor.define(Doors, {
    initial: "open" as "open" | "shut",
    decide,
    // @ts-expect-error: the state cannot be this literal.
    evolve: { DoorShut: () => "ajar", Painted: (state) => state },
  })

  Actor.define(Doors, {
    initial: { status: "open" as "open" | "shut", coats: 0 },
    decide,
    evolve: {
      // @ts-expect-error: the state cannot contain this literal.
      DoorShut: (state) => ({ ...state, status: "ajar" }),
      Painted: (state) => state,
    },
  })
  return [initial, coats]
}
