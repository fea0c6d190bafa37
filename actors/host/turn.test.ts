/** Tests of turns: commands decided one after another, with nothing stored and nothing answered. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import {
  account,
  Accounts,
  Crash,
  Deposit,
  Doubt,
  Note,
  Open,
  Spoil,
  Withdraw,
} from "../fixtures/account.ts"
import { Internal } from "../../contracts/internal.ts"
import { METADATA_NAMES } from "../../wire/internal.ts"
import { answersOf, command, NOW, opened, turnOf } from "../fixtures/turns.ts"
import { Actor, type DecideMeta } from "../actor.ts"
import { contentHash } from "./repeats/content.ts"
import { Resident } from "./resident.ts"
import { answerAt, TurnBuilder } from "./turn.ts"

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

test("an event or a rejection off its contract is a bug, named with its field", () => {
  const detailOf = (message: ReturnType<typeof Spoil> | ReturnType<typeof Doubt>) => {
    const [prepared = assert.fail()] = turnOf(opened(), command(message, "s-1")).prepared
    const answer = answerAt(prepared.answer, 100)
    assert.ok(answer instanceof Internal)
    return answer.message
  }
  const spoilt = detailOf(Spoil())
  assert.match(spoilt, /a-1 Spoil, which made the event Deposited, whose amount broke its contract/)
  assert.match(spoilt, /the log has the cause under the reference/)
  assert.match(detailOf(Doubt()), /made the rejection Doubtful, whose doubt broke its contract/)
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

test("a command with nothing to do has the position of the last commit, or of this one", () => {
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

test("after a handler has failed nothing more is decided, and earlier decisions stand", () => {
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

test("events carry time and metadata, and only metadata that differs from the command's id", () => {
  const [plain] = turnOf(opened(), command(Deposit({ amount: 1 }), "d-1")).events
  assert.deepEqual(plain, {
    type: "Deposited",
    schema: 1,
    data: { amount: 1 },
    command: "d-1",
    content: contentHash("Deposit", { amount: 1 }),
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
  const seen: DecideMeta[] = []
  const curious = {
    ...account,
    decide: (...[state, message, context]: Parameters<typeof account.decide>) => {
      seen.push(context)
      return account.decide(state, message, context)
    },
  }
  const builder = new TurnBuilder(curious, "a-1", opened(), NOW)
  const metadata = {
    ...{ correlation: "r-1", causation: "bank:1", principal: "ada" },
    ...{ traceparent: "t", tracestate: "a=b", baggage: "c=d" },
  }
  builder.add(command(Note({ text: "", times: 3 }), "n-1", metadata))
  builder.add(command(Open(), "o-1"))
  const [first, second] = seen
  assert.deepEqual([first?.id, first?.version, first?.commandId], ["a-1", 2, "n-1"])
  assert.deepEqual([first?.now.getTime(), first?.principal], [NOW, "ada"])
  assert.deepEqual([second?.version, second?.principal], [5, undefined])
  assert.deepEqual(METADATA_NAMES.map((name) => first?.[name]), Object.values(metadata))
  assert.equal(second?.correlation, "o-1")
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
