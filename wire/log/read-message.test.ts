/** Tests of reading a message of a log: each kind of message is told apart, and none throws. */
import assert from "node:assert/strict"
import { Contract } from "../../contracts/mod.ts"
import { test } from "../../testing/test.ts"
import { logSubject } from "../address.ts"
import { encodeCommit } from "../commit.ts"
import { readMessage } from "./read-message.ts"

const Sack = Contract.define("mill.sack", { commands: { Fill: {} }, events: { Filled: {} } })
const contracts = new Map([[Sack.name, Sack]])
const event = { type: "Filled", schema: 1, data: {}, command: "c-1", time: 1_790_000_000_000 }
const commit = encodeCommit({ base: 0, ancestors: [], events: [event] })
const rubbish = new Uint8Array([0xc1])

const read = (subject: string, payload = commit, skipped: readonly string[] = []) =>
  readMessage(
    { subject, sequence: 7, payload, time: 0 },
    contracts,
    (context, sequence) => skipped.includes(`${context}:${sequence}`),
  )

test("a commit comes with its contract, its actor and its sequence", () => {
  const message = read(logSubject("mill.sack", "tea"))
  assert.ok(message.kind === "commit")
  assert.deepEqual([message.contract, message.id], [Sack, "tea"])
  assert.deepEqual([message.commit.sequence, message.commit.events.length], [7, 1])
})

test("a message that an operator has stepped over is skipped, whatever it holds", () => {
  for (const payload of [commit, rubbish]) {
    assert.equal(read(logSubject("mill.sack", "tea"), payload, ["mill:7"]).kind, "skipped")
  }
  assert.equal(read("evt.mill.sack.1.too.many.tokens", commit, ["mill:7"]).kind, "skipped")
  assert.equal(read(logSubject("mill.sack", "tea"), commit, ["mill:8", "bakery:7"]).kind, "commit")
})

test("a message of other contracts is foreign, even if nobody can read it", () => {
  for (const payload of [commit, rubbish]) {
    assert.equal(read(logSubject("mill.wheel", "tea"), payload).kind, "foreign")
  }
})

test("a subject that begins as a contract's and is of no actor is stray", () => {
  const message = read("evt.mill.sack.1.too.many.tokens")
  assert.ok(message.kind === "stray")
  assert.equal(message.context, "mill")
  assert.match(String(message.cause), /this subject belongs to no actor/)
})

test("what is no commit is unreadable, with the reason", () => {
  const message = read(logSubject("mill.sack", "tea"), rubbish)
  assert.ok(message.kind === "unreadable")
  assert.equal(message.context, "mill")
  assert.match(String(message.cause), /sequence 7 is not a commit/)
})
