/** Tests of given, when and then: they pass when they should, and fail when they should. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../testing/test.ts"
import {
  account,
  Accounts,
  Crash,
  Deposit,
  Deposited,
  Doubt,
  Insufficient,
  NotOpen,
  Open,
  Opened,
  Poison,
  Spoil,
  Withdraw,
  Withdrawn,
} from "./fixtures/account.ts"
import { Actor } from "./actor.ts"
import { Policy } from "./policy.ts"
import { ask, cancel, later } from "./reaction.ts"
import { given } from "./testing.ts"

const AssertionError = { name: "AssertionError" }

const greeting = Policy.define("bank.greeting", {
  from: [Accounts],
  on: {
    Opened: (_, { id, time }) =>
      time.getTime() > 0 ? ask(Accounts, id, Deposit({ amount: 5 })) : undefined,
    Deposited: ({ amount }) =>
      amount > 100
        ? [ask(Accounts, "bank", Deposit({ amount: 1 })), ask(Accounts, "bank", Open())]
        : [],
    Withdrawn: () => ask(Accounts, "bank", Deposit({ amount: 0.5 })),
  },
})

describe("of an actor", () => {
  test("true claims pass", () => {
    given(account).when(Open()).then(Opened())
    given(account, Opened()).when(Open()).thenNothing()
    given(account).when(Withdraw({ amount: 1 })).thenRejected(NotOpen())
    given(account, Opened(), Deposited({ amount: 7 })).thenState({ open: true, balance: 7 })
    given(account, Opened()).when(Withdraw({ amount: 1 })).thenRejected(
      Insufficient({ balance: 0 }),
    )
  })

  test("false claims fail", () => {
    const opened = given(account, Opened(), Deposited({ amount: 7 }))
    const claims = [
      () => opened.when(Withdraw({ amount: 7 })).thenNothing(),
      () => opened.when(Withdraw({ amount: 7 })).then(),
      () => opened.when(Withdraw({ amount: 7 })).then(Withdrawn({ amount: 8 })),
      () => opened.when(Withdraw({ amount: 7 })).then(Withdrawn({ amount: 7 }), Opened()),
      () => opened.when(Withdraw({ amount: 7 })).thenRejected(NotOpen()),
      () => opened.when(Withdraw({ amount: 8 })).then(Withdrawn({ amount: 8 })),
      () => opened.when(Withdraw({ amount: 8 })).thenNothing(),
      () => opened.when(Withdraw({ amount: 8 })).thenRejected(NotOpen()),
      () => opened.when(Withdraw({ amount: 8 })).thenRejected(Insufficient({ balance: 8 })),
      () => opened.when(Open()).then(Opened()),
      () => opened.when(Open()).thenRejected(NotOpen()),
      () => opened.thenState({ open: true, balance: 8 }),
    ]
    for (const claim of claims) assert.throws(claim, AssertionError, claim.toString())
  })

  test("messages off their schema and bugs fail here, as they would in production", () => {
    const opened = given(account, Opened())
    assert.throws(() => opened.when(Deposit({ amount: 0.5 })), { _tag: "Invalid" })
    assert.throws(() => opened.when(Spoil()), { _tag: "Invalid" })
    assert.throws(() => opened.when(Doubt()), { _tag: "Invalid" })
    assert.throws(() => opened.when(Crash()), /the handler has a bug/)
    assert.throws(() => opened.when(Poison()), /this event cannot be folded/)
  })

  test("a handler that changes the state, the command or an event fails", () => {
    const list: number[] = []
    const changing = Actor.define(Accounts, {
      initial: { list, open: false },
      decide: {
        ...neverDecides,
        Open: (state) => {
          state.list.push(1)
          return Opened()
        },
        Deposit: (_, command) => {
          const fields: { amount: number } = command
          fields.amount++
          return []
        },
      },
      evolve: {
        ...neverEvolves,
        Deposited: (state) => {
          state.open = true
          return state
        },
      },
    })
    assert.throws(() => given(changing).when(Open()), TypeError)
    assert.throws(() => given(changing).when(Deposit({ amount: 1 })), TypeError)
    assert.throws(() => given(changing, Deposited({ amount: 1 })), TypeError)
    assert.deepEqual(list, [])
  })

  test("a decision sees the version, and ids and times that are the same each time", () => {
    const seen: unknown[] = []
    const curious = Actor.define(Accounts, {
      initial: 0,
      decide: {
        ...neverDecides,
        Open: (_, __, { id, version, now, commandId, newId, random }) => {
          seen.push([id, version, now.toISOString(), commandId, newId(), newId(), random()])
          return []
        },
      },
      evolve: neverEvolves,
    })
    given(curious, Opened(), Opened()).when(Open())
    given(curious).when(Open(), { id: "a-7", version: 9 })
    assert.deepEqual(seen, [
      ["id-1", 2, "2026-01-01T12:00:00.000Z", "command-1", "new-1", "new-2", 0.5],
      ["a-7", 9, "2026-01-01T12:00:00.000Z", "command-1", "new-1", "new-2", 0.5],
    ])
  })
})

const none = () => []
const keep = <S>(state: S): S => state
const neverDecides = {
  ...{ Open: none, Deposit: none, Withdraw: none, Note: none },
  ...{ Crash: none, Spoil: none, Poison: none, Doubt: none },
}
const neverEvolves = {
  ...{ Opened: keep, Deposited: keep, Withdrawn: keep, Noted: keep, Poisoned: keep },
}

describe("of a policy", () => {
  const five = ask(Accounts, "id-1", Deposit({ amount: 5 }))

  test("true claims pass", () => {
    given(greeting).when(Opened()).thenAsks(five)
    given(greeting).when(Opened(), { id: "a-2" }).thenAsks(
      ask(Accounts, "a-2", Deposit({ amount: 5 })),
    )
    given(greeting).when(Opened(), { time: new Date(0) }).thenNothing()
    given(greeting).when(Deposited({ amount: 1 })).thenNothing()
  })

  test("false claims fail", () => {
    const claims = [
      () => given(greeting).when(Opened()).thenNothing(),
      () => given(greeting).when(Opened()).thenAsks(),
      () => given(greeting).when(Opened()).thenAsks(five, five),
      () => given(greeting).when(Opened()).thenAsks(ask(Accounts, "id-2", Deposit({ amount: 5 }))),
      () => given(greeting).when(Opened()).thenAsks(ask(Accounts, "id-1", Deposit({ amount: 6 }))),
      () =>
        given(greeting).when(Deposited({ amount: 101 })).thenAsks(
          ask(Accounts, "bank", Open()),
          ask(Accounts, "bank", Deposit({ amount: 1 })),
        ),
    ]
    for (const claim of claims) assert.throws(claim, AssertionError, claim.toString())
  })

  test("an ask whose command is off its schema fails here, as it would in production", () => {
    assert.throws(() => given(greeting).when(Withdrawn({ amount: 1 })), { _tag: "Invalid" })
  })
})

describe("of a policy's timers", () => {
  const one = ask(Accounts, "id-1", Deposit({ amount: 1 }))
  const two = ask(Accounts, "id-1", Deposit({ amount: 2 }))
  const waiting = Policy.define("bank.waiting", {
    from: [Accounts],
    on: {
      Opened: () => [
        later("1 hour", two, { name: "due" }),
        later("30 minutes", one),
        later({ every: "2 hours" }, one, { name: "again" }),
      ],
      Deposited: () => later("3 hours", two, { name: "due" }),
      Withdrawn: () => [cancel("due"), cancel("again")],
      Noted: () => later("1 hour", ask(Accounts, "id-1", Deposit({ amount: 0.5 }))),
    },
  })

  test("a later ask comes after its time, in the order of time", () => {
    given(waiting).when(Opened()).thenNothing()
    given(waiting).when(Opened()).after("29 minutes").thenNothing()
    given(waiting).when(Opened()).after("30 minutes").thenAsks(one)
    given(waiting).when(Opened()).after("1 hour").thenAsks(one, two)
    given(waiting).when(Opened()).after("30 minutes").after("30 minutes").thenAsks(two)
  })

  test("a recurring timer asks again, a replaced one asks at its new time", () => {
    given(waiting).when(Opened()).after("1 hour").after("4 hours").thenAsks(one, one)
    given(waiting).when(Opened()).when(Deposited({ amount: 1 })).after("1 hour").thenAsks(one)
    given(waiting).when(Deposited({ amount: 1 })).after("3 hours").thenAsks(two)
  })

  test("a timer that is cancelled asks nothing", () => {
    const cancelled = given(waiting).when(Opened()).when(Withdrawn({ amount: 1 }))
    cancelled.thenNothing()
    cancelled.after("5 hours").thenAsks(one)
  })

  test("false claims fail, and so does a command that is off its schema", () => {
    const claims = [
      () => given(waiting).when(Opened()).thenAsks(one),
      () => given(waiting).when(Opened()).after("30 minutes").thenNothing(),
      () => given(waiting).when(Opened()).after("29 minutes").thenAsks(one),
    ]
    for (const claim of claims) assert.throws(claim, AssertionError, claim.toString())
    const noted = Accounts.events.Noted({ text: "x" })
    assert.throws(() => given(waiting).when(noted), { _tag: "Invalid" })
  })
})
