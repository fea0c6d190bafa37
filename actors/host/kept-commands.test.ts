/** Tests of what somebody can do with a command of somebody else: keep it, or guess its id. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import type { Message } from "../../contracts/internal.ts"
import {
  decodeCommit,
  encodeCommit,
  HEADER,
  type Headers,
  logSubject,
  MemoryLog,
} from "../../wire/internal.ts"
import { Deposit, Deposited, Open, Opened, storedEvent, Withdraw } from "../fixtures/account.ts"
import { Bank, NAME } from "../fixtures/bank.ts"
import { sayWith, subject } from "../fixtures/by-hand.ts"

const HOUR = 3_600_000

test("who keeps a sealed command cannot change what it means, nor send it later", async (t) => {
  // The caller's clock, which sets deadlines, is two days ahead of the node's.
  const start = Date.now()
  let now = start - 48 * HOUR
  const bank = new Bank(t, { now: () => now })
  await bank.say("a-1", Open())
  const kept: { headers: Headers; payload: Uint8Array }[] = []
  const listening = bank.wire.serve(
    "cmd.>",
    ({ headers, payload }) => kept.push({ headers, payload: payload.slice() }),
  )
  const own = { principal: "ada", claims: {}, commandId: "c-1", expectedVersion: "*" }
  const first = await bank.say("a-1", Deposit({ amount: 1 }), own)
  assert.equal(first, "1 at bank:2, version 2")
  listening.close()
  const [{ headers, payload } = assert.fail()] = kept
  const { [HEADER.expectedVersion]: _, ...free } = headers
  const others: Headers[] = [
    ...[free, { ...headers, [HEADER.expectedVersion]: "2" }],
    { ...headers, [HEADER.contentType]: "application/json" },
    { ...headers, [HEADER.deadline]: String(start + 24 * HOUR) },
  ]
  for (const each of others) {
    const { title, detail } = await sayWith(bank, each, subject, payload)
    assert.equal(title, "Forbidden")
    assert.match(detail ?? "", /not as it was sealed: Content-Type, Leftfold-Expected-Version/)
  }
  now = start - HOUR
  for (let each = 0; each < 130; each++) await bank.say("a-1", Deposit({ amount: 1 }))
  // Its id is forgotten now, and its deadline is over.
  now = start + HOUR
  assert.equal((await sayWith(bank, headers, subject, payload)).title, "Timeout")
  assert.equal((await bank.commits("a-1")).length, 132)
})

test("an imported event uses up no command id of a policy of this system", async (t) => {
  const log = new MemoryLog()
  const [policys, again, callers] = ["bank.bonus/bank:2/0/0", "bank.bonus/bank:9/0/0", "c-7"]
  const event = (command: string, message: Message<"event"> = Deposited({ amount: 5 })) => ({
    ...storedEvent(message, command, Date.now()),
    imported: true as const,
  })
  const events = [event("c-0", Opened()), event(policys), event(again), event(callers)]
  log.append("bank", logSubject(NAME, "a-1"), 0, encodeCommit({ base: 0, ancestors: [], events }))
  const bank = new Bank(t, { log })
  const ask = { trusted: true, commandId: policys }
  const decided = "1 at bank:2, version 5"
  assert.equal(await bank.say("a-1", Deposit({ amount: 1 }), ask), decided)
  assert.equal(await bank.say("a-1", Deposit({ amount: 1 }), ask), decided)
  // Asked again after a restart of the policy, each is found in the log as what it is.
  const woken = new Bank(t, { log })
  const since = { trusted: true, askedSince: Date.now() - HOUR }
  const first = { ...since, commandId: policys }
  assert.equal(await woken.say("a-1", Deposit({ amount: 1 }), first), decided)
  const second = { ...since, commandId: again }
  assert.match(await woken.say("a-1", Deposit({ amount: 1 }), second), /version 6$/)
  // Nobody knows what a caller has sent to the other system: nothing is done, and it is said.
  const repeated = await woken.say("a-1", Deposit({ amount: 5 }), { commandId: callers })
  assert.equal(repeated, "CommandIdReused")
})

test("events that were moved here from another name keep the ids of their commands", async (t) => {
  const before = new Bank(t)
  const policys = { trusted: true, commandId: "bank.bonus/bank:9/0/0" }
  const callers = { commandId: "order-9" }
  await before.say("a-1", Open())
  const first = await before.say("a-1", Deposit({ amount: 1 }), policys)
  const second = await before.say("a-1", Deposit({ amount: 2 }), callers)
  const log = new MemoryLog()
  for (const { subject, payload, sequence } of before.log.stream("bank").messages) {
    const { events, ...commit } = decodeCommit(payload, sequence)
    const moved = events.map((event) => ({ ...event, imported: true as const }))
    log.append("bank", subject, sequence - 1, encodeCommit({ ...commit, events: moved }))
  }
  const after = new Bank(t, { log })
  assert.equal(await after.say("a-1", Deposit({ amount: 1 }), policys), first)
  assert.equal(await after.say("a-1", Deposit({ amount: 2 }), callers), second)
  const again = { ...policys, askedSince: Date.now() - HOUR }
  assert.equal(await new Bank(t, { log }).say("a-1", Deposit({ amount: 1 }), again), first)
})

test("a guessed id tells a caller without a user nothing; a refusal uses up none", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  await bank.say("a-2", Open())
  const say = (id: string, amount: number, commandId: string, retry = false) =>
    bank.say(id, Deposit({ amount }), { commandId, retry })
  // The guess comes after: other fields learn neither the answer nor the fields.
  const own = await say("a-1", 7_351, "order-17")
  const headers = { [HEADER.id]: "order-17", [HEADER.contentType]: "application/json" }
  const guessed = await sayWith(bank, headers)
  assert.equal(guessed.status, 422)
  assert.doesNotMatch(guessed.detail ?? "", /7351|bank:\d|version/)
  assert.equal(await say("a-1", 7_351, "order-17"), own)
  // The guess comes first, on another actor, and with refusals on this one, written ones as well.
  assert.match(await say("a-2", 1, "order-18"), /^1 at/)
  for (const retry of [false, true]) {
    const options = { commandId: "order-18", retry }
    assert.equal(await bank.say("a-1", Withdraw({ amount: 1e6 }), options), "Insufficient")
    const wrong = { ...options, expectedVersion: 99 }
    assert.equal(await bank.say("a-1", Deposit({ amount: 7 }), wrong), "VersionMismatch")
  }
  assert.match(await say("a-1", 1, "order-18", true), /^1 at/)
})
