/** Tests of turns: commands decided one after another, with nothing stored and nothing answered. */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { CommandOf } from "../../contracts/internal.ts"
import type { Envelope } from "../../wire/internal.ts"
import {
  account,
  Accounts,
  Crash,
  Deposit,
  Deposited,
  Note,
  Open,
  Opened,
  storedEvent,
  Withdraw,
} from "../fixtures/account.ts"
import { Actor, type DecideContext } from "../actor.ts"
import { Resident } from "./resident.ts"
import { type Command, type CommandAnswer, type Turn, TurnBuilder } from "./turn.ts"

const NOW = 1_000

const command = (
  message: CommandOf<typeof Accounts>,
  id: string,
  envelope: Partial<Envelope> = {},
): Command => ({
  message,
  envelope: { id, correlation: id, deadline: NOW, ...envelope },
  answer: () => assert.fail("a turn answers nobody"),
  attempts: 0,
  retry: envelope.retry === true,
})

const opened = (): Resident => {
  const resident = new Resident(account.initial)
  const events = [storedEvent(Opened(), "open"), storedEvent(Deposited({ amount: 9 }), "d-0")]
  resident.fold(account, [{ base: 0, ancestors: [], events, sequence: 7 }])
  return resident
}

const turnOf = (resident: Resident, ...commands: Command[]): Turn => {
  const builder = new TurnBuilder(account, "a-1", resident, NOW)
  for (const each of commands) if (!builder.add(each)) break
  return builder.build()
}

const said = (answer: CommandAnswer): string =>
  "_tag" in answer
    ? answer._tag
    : answer.kind === "accepted"
    ? `${answer.events} at ${answer.sequence}, version ${answer.version}`
    : answer.type

const answersOf = ({ prepared }: Turn, sequence = 100): string[] =>
  prepared.map(({ answer }) => said(answer(sequence)))

test("each command is decided on the state that those before it led to", () => {
  const resident = opened()
  const turn = turnOf(
    resident,
    command(Withdraw({ amount: 9 }), "w-1"),
    command(Withdraw({ amount: 1 }), "w-2"),
    command(Deposit({ amount: 2 }), "d-1"),
    command(Withdraw({ amount: 1 }), "w-3"),
  )
  assert.deepEqual(turn.events.map((event) => [event.type, event.command]), [
    ["Withdrawn", "w-1"],
    ["Deposited", "d-1"],
    ["Withdrawn", "w-3"],
  ])
  assert.deepEqual(answersOf(turn), [
    "1 at 100, version 3",
    "Insufficient",
    "1 at 100, version 4",
    "1 at 100, version 5",
  ])
  assert.deepEqual(turn.state, { open: true, balance: 1 })
  assert.deepEqual(resident.state, { open: true, balance: 9 }, "the resident stays as it is")
  assert.equal(resident.version, 2)
})

test("a turn that stores nothing and refused something is unproven, an empty one is not", () => {
  const refusing = [
    command(Withdraw({ amount: 10 }), "w-1"),
    command(Open(), "o-1"),
    command(Deposit({ amount: 1 }), "d-1", { expectedVersion: 9 }),
  ]
  for (const each of refusing) assert.equal(turnOf(opened(), each).unproven, true)
  const proving = turnOf(opened(), ...refusing, command(Deposit({ amount: 1 }), "d-2"))
  assert.equal(proving.unproven, false)
  assert.equal(turnOf(opened(), command(Open(), "open")).unproven, false)
  assert.equal(turnOf(opened()).unproven, false)
})

test("a retry that comes to nothing is refused in writing, and then never accepted", () => {
  const retry = { retry: true } as const
  const refusing = [
    command(Withdraw({ amount: 10 }), "w-1", retry),
    command(Open(), "o-1", retry),
    command(Deposit({ amount: 1 }), "d-1", { expectedVersion: 9, ...retry }),
    command(Withdraw({ amount: 10 }), "w-2"),
    command(Withdraw({ amount: 10 }), "w-2", retry),
  ]
  const resident = opened()
  const turn = turnOf(resident, ...refusing, command(Open(), "open", retry))
  assert.deepEqual(turn.refusals.map(({ command: id }) => id), ["w-1", "o-1", "d-1", "w-2"])
  assert.ok(turn.refusals.every(({ deadline, time }) => deadline === NOW && time === NOW))
  assert.deepEqual(turn.refusals[0]?.rejection, { type: "Insufficient", data: { balance: 9 } })
  assert.deepEqual([turn.unproven, turn.events.length], [false, 0])
  const { refusals } = turn
  const paid = [storedEvent(Deposited({ amount: 1 }))]
  resident.fold(account, [{ base: 2, ancestors: [7], events: [], refusals, sequence: 8 }])
  resident.fold(account, [{ base: 2, ancestors: [7, 8], events: paid, sequence: 9 }])
  const again = turnOf(
    resident,
    command(Withdraw({ amount: 10 }), "w-1"),
    command(Open(), "o-1", retry),
    command(Deposit({ amount: 1 }), "d-1", { expectedVersion: 9 }),
  )
  assert.deepEqual(answersOf(again), ["Insufficient", "0 at 7, version 2", "VersionMismatch"])
  assert.deepEqual([again.events.length, again.refusals.length, again.unproven], [0, 0, false])
  const later = turnOf(resident, command(Withdraw({ amount: 10 }), "w-1", { deadline: NOW + 1 }))
  assert.deepEqual(answersOf(later), ["1 at 100, version 4"])
})

test("of two things asked under one id each has its own refusal, until one is stored", () => {
  const retry = { retry: true } as const
  const turn = turnOf(
    opened(),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 4 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
  )
  const taken = "1 at 100, version 3"
  assert.deepEqual(answersOf(turn), ["Insufficient", "Insufficient", taken, taken])
  const resident = opened()
  const { refusals } = turnOf(resident, command(Withdraw({ amount: 11 }), "w-2", retry))
  resident.fold(account, [{ base: 2, ancestors: [7], events: [], refusals, sequence: 8 }])
  const said = (amount: number) => answersOf(turnOf(resident, command(Withdraw({ amount }), "w-2")))
  assert.deepEqual([said(11), said(9)], [["Insufficient"], [taken]])
})

test("what a turn has refused it does not accept further on, whatever happened in between", () => {
  const retry = { retry: true } as const
  const tooLate = { ...retry, expectedVersion: 3 }
  const turn = turnOf(
    opened(),
    command(Withdraw({ amount: 10 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 1 }), "w-2", tooLate),
    command(Deposit({ amount: 5 }), "d-1"),
    command(Withdraw({ amount: 10 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 1 }), "w-2", tooLate),
  )
  assert.deepEqual(answersOf(turn), [
    "Insufficient",
    "Insufficient",
    "VersionMismatch",
    "1 at 100, version 3",
    "Insufficient",
    "Insufficient",
    "VersionMismatch",
  ])
  assert.deepEqual(turn.events.map(({ command }) => command), ["d-1"])
})

test("what was meant for another version is decided anew for the one that there is", () => {
  const withdrawal = (expectedVersion: number) =>
    command(Withdraw({ amount: 1 }), "w-1", { expectedVersion, retry: true })
  const turn = turnOf(opened(), withdrawal(3), withdrawal(2), withdrawal(3))
  const taken = "1 at 100, version 3"
  assert.deepEqual(answersOf(turn), ["VersionMismatch", taken, taken])
})

test("a repeat has the answer of the first, in this turn or in the log", () => {
  const turn = turnOf(
    opened(),
    command(Deposit({ amount: 1 }), "d-1"),
    command(Deposit({ amount: 1 }), "d-1"),
    command(Deposit({ amount: 1 }), "d-0"),
    command(Withdraw({ amount: 99 }), "w-1"),
    command(Withdraw({ amount: 99 }), "w-1"),
  )
  assert.equal(turn.events.length, 1)
  assert.deepEqual(answersOf(turn), [
    "1 at 100, version 3",
    "1 at 100, version 3",
    "1 at 7, version 2",
    "Insufficient",
    "Insufficient",
  ])
})

test("nothing to do is at the last commit, or in this one if events came before it", () => {
  assert.deepEqual(answersOf(turnOf(opened(), command(Open(), "o-1"))), ["0 at 7, version 2"])
  const turn = turnOf(
    opened(),
    command(Open(), "o-1"),
    command(Deposit({ amount: 1 }), "d-1"),
    command(Open(), "o-2"),
  )
  assert.deepEqual(answersOf(turn), [
    "0 at 7, version 2",
    "1 at 100, version 3",
    "0 at 100, version 3",
  ])
})

test("after a handler failed nothing more is decided, and what was decided before it holds", () => {
  const turn = turnOf(
    opened(),
    command(Deposit({ amount: 1 }), "d-1"),
    command(Crash(), "x-1"),
    command(Deposit({ amount: 1 }), "d-2"),
  )
  assert.equal(turn.broken, true)
  assert.deepEqual(answersOf(turn), ["1 at 100, version 3", "Internal"])
  assert.deepEqual(turn.events.map((event) => event.command), ["d-1"])
  assert.deepEqual(turn.state, { open: true, balance: 10 })
})

test("a deadline counts to the millisecond", () => {
  const turn = turnOf(
    opened(),
    command(Deposit({ amount: 1 }), "d-1", { deadline: NOW }),
    command(Deposit({ amount: 1 }), "d-2", { deadline: NOW - 1 }),
  )
  assert.deepEqual(answersOf(turn), ["1 at 100, version 3", "Timeout"])
})

test("events carry who asked, why and when, and only what differs from the command's id", () => {
  const [plain] = turnOf(opened(), command(Deposit({ amount: 1 }), "d-1")).events
  assert.deepEqual(plain, {
    type: "Deposited",
    schema: 1,
    data: { amount: 1 },
    command: "d-1",
    time: NOW,
  })
  const envelope = {
    correlation: "request-1",
    causation: "orders:7",
    principal: "ada",
    traceparent: "00-1-2-3",
  }
  const [full] = turnOf(opened(), command(Deposit({ amount: 1 }), "d-1", envelope)).events
  assert.deepEqual(full, { ...plain, ...envelope })
})

test("a decision sees its id, version, time and caller, and ids that are never the same", () => {
  const seen: DecideContext[] = []
  const curious = {
    ...account,
    decide: (...[state, message, context]: Parameters<typeof account.decide>) => {
      seen.push(context)
      return account.decide(state, message, context)
    },
  }
  const builder = new TurnBuilder(curious, "a-1", opened(), NOW)
  builder.add(command(Note({ text: "", times: 3 }), "n-1", { principal: "ada" }))
  builder.add(command(Open(), "o-1"))
  const [first, second] = seen
  assert.deepEqual([first?.id, first?.version, first?.commandId], ["a-1", 2, "n-1"])
  assert.deepEqual([first?.now.getTime(), first?.principal], [NOW, "ada"])
  assert.deepEqual([second?.version, second?.principal], [5, undefined])
  assert.notEqual(first?.newId(), first?.newId())
  const random = first?.random() ?? -1
  assert.ok(random >= 0 && random < 1)
})

test("an outage or a rejection that a handler throws is its bug, not an answer", () => {
  const none = () => []
  const keep = <S>(state: S): S => state
  const throwing = Actor.define(Accounts, {
    initial: 0,
    decide: {
      ...{ Deposit: none, Withdraw: none, Note: none },
      ...{ Crash: none, Spoil: none, Poison: none, Doubt: none },
      Open: () => {
        throw Object.assign(new Error("pretended"), { _tag: "Unavailable" })
      },
    },
    evolve: { Opened: keep, Deposited: keep, Withdrawn: keep, Noted: keep, Poisoned: keep },
  })
  const builder = new TurnBuilder(throwing, "a-1", new Resident(0), NOW)
  assert.equal(builder.add(command(Open(), "o-1")), false)
  assert.deepEqual(answersOf(builder.build()), ["Internal"])
})
