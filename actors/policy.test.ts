/** Tests of policies: what they follow, what they ask for, and how they may be called. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import type { EventMeta } from "../wire/internal.ts"
import { Accounts, Deposit, Deposited, Note, Open, Opened } from "./fixtures/account.ts"
import { Letters, Send } from "./fixtures/post.ts"
import { Policy } from "./policy.ts"
import { ask, cancel, later } from "./reaction.ts"
import { given } from "./testing.ts"

const meta: EventMeta = {
  id: "a-1",
  actor: "bank.account",
  version: 1,
  position: "bank:1",
  sequence: 1,
  index: 0,
  time: new Date(0),
  commandId: "c-1",
  correlation: "c-1",
}

test("a handler may return one ask, several, or nothing", () => {
  const one = ask(Accounts, "a-1", Open())
  const returning = (asks: ReturnType<typeof ask> | ReturnType<typeof ask>[] | undefined) =>
    Policy.define("bank.some", { from: [Accounts], on: { Opened: () => asks } })
      .on(Opened(), meta)
  assert.deepEqual(returning(one), [one])
  assert.deepEqual(returning([one, one]), [one, one])
  assert.deepEqual(returning([]), [])
  assert.deepEqual(returning(undefined), [])
})

test("a policy ignores an event without a handler, whatever its name", () => {
  const policy = Policy.define("bank.some", { from: [Accounts], on: { Opened: () => [] } })
  assert.equal(policy.handles("Opened"), true)
  for (const type of ["Deposited", "toString", "constructor", "__proto__"]) {
    assert.equal(policy.handles(type), false)
    assert.deepEqual(policy.on({ kind: "event", type, data: {} }, meta), [])
  }
  assert.deepEqual(policy.on(Deposited({ amount: 1 }), meta), [])
})

test("a policy begins at the beginning unless it says otherwise", () => {
  const options = { from: [Accounts], on: {} }
  assert.equal(Policy.define("bank.some", options).start, "beginning")
  assert.equal(Policy.define("bank.some", { ...options, start: "now" }).start, "now")
})

test("a renamed policy keeps the identity of its first name; what cannot be so is refused", () => {
  const named = (name: string, was?: string) =>
    Policy.define(name, { from: [Accounts], on: {}, ...(was === undefined ? {} : { was }) })
  assert.equal(named("bank.some").identity, "bank.some")
  assert.equal(named("bank.some", "bank.first").identity, "bank.first")
  assert.throws(() => named("bank.some", "bank.some"), /was always called so/)
  assert.throws(() => named("bank.some", "post.some"), /of another context.*so call it post/)
  assert.throws(() => named("bank.some", "Some"), /the policy bank.some was "Some" must be called/)
})

test("names and ids that no subject can hold are refused at once", () => {
  for (const name of ["bank", "Bank.some", "bank.some.more", "bank.so me", "leftfold.some", ""]) {
    assert.throws(() => Policy.define(name, { from: [Accounts], on: {} }), TypeError, name)
  }
  for (const id of ["", ".", "..", "x".repeat(129)]) {
    const message = /is not an id: use 1 to 128 char.*, to ask bank\.account; idOf\(…\) makes one/
    assert.throws(() => ask(Accounts, id, Open()), { _tag: "Invalid", message }, id)
  }
})

test("an asynchronous handler resolves to its reactions, or rejects", async () => {
  const one = ask(Accounts, "a-1", Open())
  const reaching = Policy.define("bank.reaching", {
    from: [Accounts],
    on: {
      Opened: async () => await Promise.resolve(one),
      Deposited: () => Promise.reject(new Error("nobody answers")),
    },
  })
  assert.deepEqual(await reaching.on(Opened(), meta), [one])
  await assert.rejects(async () => await reaching.on(Deposited({ amount: 1 }), meta), /nobody/)
  assert.throws(() => given(reaching).when(Opened()), /App\.inMemory/)
})

test("a timer has any text for its name, or none", () => {
  const one = ask(Accounts, "a-1", Open())
  assert.equal(later("1 hour", one).name, undefined)
  for (const name of ["pay-a-1", "a.b", "pay/ada@example.com", "*", "x".repeat(1_024)]) {
    assert.equal(later("1 hour", one, { name }).name, name)
    assert.equal(cancel(name).name, name)
  }
  for (const name of ["", "x".repeat(1_025)]) {
    const message = /a timer's name has 1 to 1024 characters, not (0|1025)/
    assert.throws(() => later("1 hour", one, { name }), { _tag: "Invalid", message }, name)
    assert.throws(() => cancel(name), { _tag: "Invalid" }, name)
  }
  assert.throws(() => later(new Date(Number.NaN), one), TypeError)
})

const rejected = (data: object = {}) => ({ kind: "rejection" as const, type: "NoStamp", data })

const stamping = Policy.define("bank.stamping", {
  from: [Accounts],
  asks: [Letters],
  on: { Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })) },
  onRejected: {
    NoStamp: (_, { id, command }) => [
      ask(Accounts, id, Note({ text: `${command.type} to ${command.data.to}`, times: 1 })),
      later("1 hour", ask(Letters, id, Send({ to: "again" }))),
    ],
  },
  onParked: ({ id, event, reason }) =>
    ask(Accounts, id, Note({ text: `${event?.type}: ${reason}`, times: 1 })),
})

test("what follows from a rejection, and from giving up, is tested like the rest", () => {
  const send = ask(Letters, "a-1", Send({ to: "owner" }))
  given(stamping).whenRejected(send, Letters.rejections.NoStamp())
    .thenAsks(ask(Accounts, "a-1", Note({ text: "Send to owner", times: 1 })))
  given(stamping).whenRejected(send, Letters.rejections.NoStamp()).after("1 hour")
    .thenAsks(ask(Letters, "a-1", Send({ to: "again" })))
  given(stamping).whenParked(Opened(), { id: "a-1" })
    .thenAsks(ask(Accounts, "a-1", Note({ text: "Opened: a test", times: 1 })))
  const without = Policy.define("bank.some", { from: [Accounts], on: {} })
  given(without).whenRejected(send, rejected()).thenNothing()
  given(without).whenParked(Opened()).thenNothing()
})

test("handlers of rejections that nothing can call are refused, and what they may not do", () => {
  const define = (options: object) =>
    Policy.define("bank.some", { from: [Accounts], on: {}, ...options })
  const nothing = () => undefined
  assert.throws(() => define({ onRejected: { NoStamp: nothing } }), /no rejection of a contract in/)
  assert.throws(
    () => define({ asks: [Letters], onRejected: { NoStamps: nothing } }),
    /no rejection of post\.letter; did you mean "NoStamp"/,
  )
  assert.throws(() => define({ asks: [Letters], onRejected: { NoStamp: 1 } }), /is no function/)
  assert.throws(
    () => define({ asks: [Letters], onRejected: { NoStamp: async () => {} } }),
    /is asynchronous/,
  )
  assert.throws(() => define({ asks: [{}] }), /asks: number 1 is no contract/)
  assert.throws(() => define({ onParked: {} }), /onParked is no function/)
  const asked = { name: "post.letter", id: "a", type: "Send", data: { to: "x" } }
  const one = ask(Accounts, "a-1", Open())
  const doing = (reactions: unknown) =>
    define({ asks: [Letters], onRejected: { NoStamp: () => reactions } }).followUps
      .rejected(rejected(), asked)
  assert.deepEqual(doing(one), [one])
  assert.throws(
    () => doing(later({ every: "1 hour" }, one, { name: "x" })),
    /that recurs: set it in/,
  )
  assert.throws(() => doing(Promise.resolve(one)), /returns a promise/)
  assert.throws(() => doing(1), /instead of a reaction/)
  const { followUps } = define({ asks: [Letters], onRejected: { NoStamp: nothing } })
  for (const [contract, type] of [["post.letter", "toString"], ["bank.account", "NoStamp"]]) {
    assert.equal(followUps.handlesRejection(contract!, type!), false)
  }
})

/** The compiler checks the following code, which never runs. */
export const types = () => {
  Policy.define("bank.some", {
    from: [Accounts],
    asks: [Letters],
    on: {},
    // @ts-expect-error: the contract has no such rejection.
    onRejected: { No: () => [] },
  })

  Policy.define("bank.some", {
    from: [Accounts],
    asks: [Letters],
    on: {},
    // @ts-expect-error: a command of the contract has no such field.
    onRejected: { NoStamp: (_, { command, id }) => ask(Accounts, id, Open(command.data.from)) },
  })

  // @ts-expect-error: the contract has no such event.
  Policy.define("bank.some", { from: [Accounts], on: { Unheard: () => [] } })

  // @ts-expect-error: an event is not a command.
  Policy.define("bank.some", { from: [Accounts], on: { Opened: () => Opened() } })

  // @ts-expect-error: the command is of another contract.
  ask(Accounts, "a-1", Opened())

  // @ts-expect-error: a field is missing.
  ask(Accounts, "a-1", Deposit({}))

  // @ts-expect-error: a timer that recurs must have a name, or nothing could end it.
  later({ every: "1 hour" }, ask(Accounts, "a-1", Open()))

  // @ts-expect-error: an hour of what?
  later("1 our", ask(Accounts, "a-1", Open()))
}
