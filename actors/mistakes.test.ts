/** Tests that handlers that make the usual mistakes fail by their names. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../testing/test.ts"
import { Actor, type DecideMeta, replay } from "./actor.ts"
import {
  actorWith,
  Add,
  Added,
  Carts,
  Clear,
  Cleared,
  evolving,
  initial,
  loose,
  mutable,
  options,
  type State,
} from "./fixtures/cart.ts"
import { Resident } from "./host/resident.ts"
import { decodeSnapshot, encodeSnapshot } from "./host/snapshot.ts"
import { Policy } from "./policy.ts"
import { ask, later } from "./reaction.ts"

const meta = { id: "c-1", version: 0 } as DecideMeta

describe("a handler that changes what it shares with others fails by its name:", () => {
  const changes: readonly (readonly [
    string,
    (state: State, event: typeof Added extends (data: infer D) => unknown ? D : never) => void,
  ])[] = [
    ["a field of the state", (state) => mutable(state).lines = []],
    ["a list in the state", (state) => mutable(state).lines.push({ sku: "x" })],
    ["an item of a list", (state) => mutable(state).lines[0]!.sku = "x"],
    ["a new field", (state) => mutable(state).total = 1],
    ["a field that is deleted", (state) => delete loose<{ lines?: unknown }>(state).lines],
    ["an order", (state) => mutable(state).lines.sort()],
    ["a date in the state", (state) => state.due?.setFullYear(1)],
    ["the event", (_state, event) => mutable(event).lines = []],
    ["a list in the event", (_state, event) => mutable(event).lines.pop()],
    ["a date in the event", (_state, event) => event.at?.setTime(0)],
  ]
  for (const [name, change] of changes) {
    test(name, () => {
      const actor = evolving((state: State, event: never) => {
        change(state, event)
        return state
      })
      const state = { ...initial, lines: [{ sku: "b" }, { sku: "a" }], due: new Date(1) }
      const before = actor.evolve(
        actorWith({ evolve: { ...options.evolve, Added: () => state } }).evolve(
          initial,
          Added({ lines: [] }),
        ),
        Cleared(),
      )
      const filled = actorWith({ evolve: { ...options.evolve, Added: () => state } }).evolve(
        before,
        Added({ lines: [] }),
      )
      const event = Added({ lines: [{ sku: "a" }], at: new Date(1) })
      assert.throws(() => actor.evolve(filled, event), (error: Error) => {
        assert.match(error.message, /^shop\.cart evolve Added changes a value that it shares/)
        return true
      })
    })
  }

  test("the command and the state that decide is given", () => {
    const pushing = (pick: (state: State, command: never) => unknown) =>
      actorWith({
        decide: {
          ...options.decide,
          Add: (state: State, command: never) => {
            mutable({ lines: pick(state, command) }).lines.push({ sku: "x" })
            return []
          },
        },
      })
    const message = /^shop\.cart decide Add changes a value that it shares/
    const lines = [{ sku: "a" }]
    for (
      const pick of [
        (state: State) => state.lines,
        (_: State, command: never) => mutable(command).lines,
      ]
    ) {
      const { decide, initial } = pushing(pick)
      assert.throws(() => decide(initial, Add({ lines }), meta), { message })
    }
  })

  test("the initial state, also what its author has frozen himself", () => {
    const shared = Object.freeze({ lines: [] as unknown[], tags: new Set(["a"]), at: new Map() })
    const actor = Actor.define(Carts, {
      initial: shared,
      decide: { Add: () => [], Clear: () => [] },
      evolve: {
        Added: (state) => (state.lines.push(1), state),
        Cleared: (state) => (state.tags.add("b"), state),
      },
    })
    assert.throws(() => actor.evolve(actor.initial, Added({ lines: [] })), /evolve Added changes/)
    assert.throws(() => actor.evolve(actor.initial, Cleared()), /evolve Cleared changes/)
    assert.deepEqual([shared.lines.length, shared.tags.size], [0, 1])
  })

  test("bytes of the initial state are of one actor alone, because nothing can freeze them", () => {
    const actor = Actor.define(Carts, {
      initial: { seats: Uint8Array.of(0, 0), rows: [{ free: Uint8Array.of(1) }] },
      decide: { Add: () => [], Clear: () => [] },
      evolve: { Added: (state) => (state.seats.fill(1), state), Cleared: (state) => state },
    })
    const ada = actor.evolve(actor.initial, Added({ lines: [] })) as typeof actor.initial
    ada.rows[0]!.free[0] = 9
    const { seats, rows } = actor.initial
    assert.deepEqual([[...seats], [...rows[0]!.free]], [[0, 0], [1]])
    assert.throws(() => rows.pop(), TypeError)
  })

  test("a state that was read from a snapshot", () => {
    const actor = evolving((state: State) => (mutable(state).lines.push({ sku: "x" }), state))
    const resident = new Resident(actor.initial)
    resident.version = resident.sequence = 1
    const snapshot = encodeSnapshot(actor, resident) ?? assert.fail()
    const { state } = decodeSnapshot(actor, snapshot)?.resident ?? assert.fail()
    assert.throws(() => actor.evolve(state, Added({ lines: [] })), /evolve Added changes a value/)
  })

  test("another error of a handler stays as it is", () => {
    const error = new TypeError("Cannot read properties of undefined")
    const actor = evolving(() => {
      throw error
    })
    assert.throws(() => actor.evolve(initial, Added({ lines: [] })), (thrown) => thrown === error)
  })

  test("a policy that changes its event", () => {
    const policy = Policy.define("shop.p", {
      from: [Carts],
      on: {
        Added: ({ lines }, { id }) => {
          mutable({ lines }).lines.pop()
          return ask(Carts, id, Clear())
        },
      },
    })
    const event = Added({ lines: [{ sku: "a" }] })
    assert.throws(
      () => policy.on(event, loose({ id: "a" })),
      /^HandlerBug: shop\.p on Added changes/,
    )
  })

  test("an ask to a contract that is undefined, or with a constructor", () => {
    assert.throws(
      () => ask(loose(undefined), "a", loose(Clear())),
      /^TypeError: ask has no contract/,
    )
    const uncalled = () => ask(Carts, "a", loose(Clear))
    assert.throws(uncalled, /^TypeError: to ask shop\.cart: Clear is a constructor: call it/)
  })

  test("an ask for what is no command of the contract, or of an id that is no text", () => {
    const asked: readonly (readonly [unknown, RegExp])[] = [
      [{ kind: "command", type: "Cler", data: {} }, /the command Cler .*did you mean "Clear"\?/],
      [{ kind: "command", type: "toString", data: {} }, /the command toString is not one of its/],
      [Added({ lines: [] }), /^TypeError: to ask shop\.cart: the event Added is not one of its/],
      [undefined, /the undefined {2}is not one of its commands; there are: /],
      ["Clear", /the string {2}is not one of its commands/],
    ]
    for (const [command, message] of asked) {
      assert.throws(() => ask(Carts, "a", loose(command)), message)
    }
    assert.throws(() => ask(Carts, loose(5), Clear()), /5 is not an id: a text is one/)
    assert.throws(() => ask(Carts, loose(undefined), Clear()), /is not an id: a text is one/)
  })

  test("a timer with another option, or without what it asks for", () => {
    const clear = ask(Carts, "a", Clear())
    const set = later as (...given: readonly unknown[]) => unknown
    const refused: readonly (readonly [readonly unknown[], RegExp])[] = [
      [["1 second", clear, { nmae: "x" }], /later has no option "nmae"; did you mean "name"\?/],
      [["1 second", clear, "x"], /later has no options: it is a string/],
      [["1 second", Clear()], /later needs what is asked for/],
      [["1 second", set("1 second", clear)], /later needs what is asked for/],
      [["1 second", clear, { name: 5 }], /a timer's name has 1 to/],
      [[{ cron: "0 3 * * *", zon: "Asia/Tokyo" }, clear, { name: "x" }], /mean "zone"\?/],
      [[{ cron: "0 3 * * *", every: "1 hour" }, clear, { name: "x" }], /has no option "cron"/],
      [[{ crn: "0 3 * * *" }, clear, { name: "x" }], /no option "crn"; did you mean "cron"\?/],
      [[{ cron: undefined }, clear, { name: "x" }], /a schedule is a text, not undefined/],
    ]
    for (const [given, message] of refused) assert.throws(() => set(...given), message)
  })

  test("a policy that returns what is no reaction", () => {
    const policy = Policy.define("shop.p", { from: [Carts], on: { Added: () => loose(Clear()) } })
    const message = /^HandlerBug: shop\.p on Added returns the command Clear instead of a reaction/
    assert.throws(() => policy.on(Added({ lines: [] }), loose({ id: "a" })), message)
  })
})

describe("a field that does not fit the schema is a bug, by the name of the handler", () => {
  const unknown = (next: unknown) => () =>
    evolving(() => next).evolve(initial, Added({ lines: [] }))
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    [
      "in a state",
      { lines: [], ownr: 1 },
      /^shop\.cart evolve Added: .*"ownr" \(did you mean "owner"\?\) at ownr$/,
    ],
    [
      "in a list of a state",
      { lines: [{ sku: "a" }, { sku: "b", nota: "x" }] },
      /"nota" \(did you mean "note"\?\) at lines\.1\.nota$/,
    ],
    [
      "in a struct of a state",
      { lines: [], owner: { name: "a", nmae: "b" } },
      /"nmae" \(did you mean "name"\?\) at owner\.nmae$/,
    ],
    ["of another type", { lines: "a" }, /^shop\.cart evolve Added: .*Expected array.* at lines$/],
    ["that is missing", {}, /^shop\.cart evolve Added: .*at lines$/],
    ["of another type in a list", { lines: [{ sku: "a" }, { sku: 1 }] }, /at lines\.1\.sku$/],
    ["in a state that was frozen", Object.freeze({ lines: [], ownr: 1 }), /"ownr"/],
  ]
  for (const [name, next, message] of cases) {
    test(name, () => assert.throws(unknown(next), { name: "HandlerBug", message }))
  }

  test("where only a new part is looked at, an old one was looked at before", () => {
    const actor = evolving((state: State, { lines }: { lines: State["lines"] }) => ({
      ...state,
      lines: [...state.lines, ...lines.map((line) => ({ ...line, nota: "x" }))],
    }))
    assert.throws(() => replay(actor, [Added({ lines: [{ sku: "a" }] })]), /"nota"/)
  })
})
