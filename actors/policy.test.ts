/** Tests of policies: what they follow, what they ask for, and how they may be called. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import type { EventMeta } from "../wire/internal.ts"
import { Accounts, Deposit, Deposited, Open, Opened } from "./fixtures/account.ts"
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

/** The compiler checks the following code, which never runs. */
export const types = () => {
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
