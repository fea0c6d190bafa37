/** Tests of refusals in a turn: written ones, another version, and an id that was used. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import {
  account,
  Deposit,
  Deposited,
  Note,
  Open,
  storedEvent,
  Withdraw,
} from "../fixtures/account.ts"
import { answersOf, command, NOW, opened, turnOf } from "../fixtures/turns.ts"
import { Resident } from "./resident.ts"

test("the refusal of a retry is written, and the command then never accepted", () => {
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

test("two commands under one id have a refusal each, until one is stored", () => {
  const retry = { retry: true } as const
  const turn = turnOf(
    opened(),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 4 }), "w-1", retry),
    command(Withdraw({ amount: 11 }), "w-1", retry),
    command(Withdraw({ amount: 12 }), "w-1", retry),
    command(Withdraw({ amount: 4 }), "w-1", retry),
  )
  const taken = "1 at 100, version 3"
  assert.deepEqual(answersOf(turn), [
    "Insufficient",
    "Insufficient",
    taken,
    "Insufficient",
    "CommandIdReused",
    taken,
  ])
  const resident = opened()
  const { refusals } = turnOf(resident, command(Withdraw({ amount: 11 }), "w-2", retry))
  resident.fold(account, [{ base: 2, ancestors: [7], events: [], refusals, sequence: 8 }])
  const said = (amount: number) => answersOf(turnOf(resident, command(Withdraw({ amount }), "w-2")))
  assert.deepEqual([said(11), said(9)], [["Insufficient"], [taken]])
})

test("a turn never accepts a command that it has refused, whatever happened in between", () => {
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

test("a command for another version is decided again when sent for the present one", () => {
  const withdrawal = (expectedVersion: number) =>
    command(Withdraw({ amount: 1 }), "w-1", { expectedVersion, retry: true })
  const turn = turnOf(opened(), withdrawal(3), withdrawal(2), withdrawal(3))
  const taken = "1 at 100, version 3"
  assert.deepEqual(answersOf(turn), ["VersionMismatch", taken, taken])
})

test("another command, or other fields, under a used id are refused as a reused id", () => {
  const resident = new Resident(account.initial)
  const first = turnOf(
    resident,
    command(Open(), "k-1"),
    command(Deposit({ amount: 9 }), "k-2"),
    command(Deposit({ amount: 8 }), "k-2"),
    command(Note({ text: "x", times: 2 }), "k-3"),
    command(Note({ text: "x", times: 3 }), "k-3"),
    command(Open(), "k-3"),
  )
  const [reused, noted] = ["CommandIdReused", "2 at 7, version 4"]
  const answers = ["1 at 7, version 1", "1 at 7, version 2", reused, noted, reused, reused]
  assert.deepEqual(answersOf(first, 7), answers)
  assert.deepEqual(first.events.map(({ content }) => content !== undefined), [
    true,
    true,
    true,
    false,
  ])
  const { events } = first
  resident.fold(account, [{ base: 0, ancestors: [], events, sequence: 7 }])
  const again = turnOf(
    resident,
    command(Note({ text: "x", times: 3 }), "k-3"),
    command(Withdraw({ amount: 9 }), "k-2"),
    command(Deposit({ amount: 9 }), "k-2"),
    command(Note({ text: "x", times: 2 }), "k-3"),
  )
  assert.deepEqual(answersOf(again), [reused, reused, "1 at 7, version 2", noted])
  assert.deepEqual([again.events.length, again.unproven], [0, false], "the log has proved it")
})

test("a written refusal keeps its answer when another command has taken its id", () => {
  const retry = { retry: true } as const
  const resident = opened()
  const { refusals } = turnOf(resident, command(Withdraw({ amount: 11 }), "w-1", retry))
  resident.fold(account, [{ base: 2, ancestors: [7], events: [], refusals, sequence: 8 }])
  const { events } = turnOf(resident, command(Withdraw({ amount: 1 }), "w-1"))
  resident.fold(account, [{ base: 2, ancestors: [7, 8], events, sequence: 9 }])
  const late = turnOf(
    resident,
    command(Withdraw({ amount: 11 }), "w-1"),
    command(Withdraw({ amount: 12 }), "w-1"),
  )
  assert.deepEqual(answersOf(late), ["Insufficient", "CommandIdReused"])
})
