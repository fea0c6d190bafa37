/** Tests of seals: a seal fits exactly the claim that was sealed. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { HEADER } from "../header.ts"
import { type Claim, ownSeals, principalProblem, principalSeals } from "./principal-seal.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const [one, other, third] = ["1", "2", "3"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
]

const claim: Claim = {
  principal: "ada@bank",
  claims: '{"roles":["teller"]}',
  messageId: "c-1",
  subject: "cmd.orders.order.o-1.CancelOrder",
  payload: bytes('{"reason":"x"}'),
}

test("a seal fits only the same principal, command id, subject and fields", () => {
  const seals = principalSeals([one])
  const seal = seals.seal(claim)
  assert.match(seal, /^[A-Za-z0-9_-]{43}$/)
  assert.ok(seals.isSealed(claim, seal))
  assert.equal(seals.seal(claim), seal)
  const others: Partial<Claim>[] = [
    ...[{ principal: "eve@bank" }, { principal: "ada@ban" }, { principal: "" }],
    ...[{ claims: "" }, { claims: '{"roles":["admin"]}' }, { claims: '{"roles":["teller"]} ' }],
    ...[{ messageId: "c-2" }, { subject: "cmd.orders.order.o-2.CancelOrder" }],
    ...[{ subject: "cmd.orders.order.o-1.PlaceOrder" }, { payload: bytes('{"reason":"y"}') }],
    ...[{ payload: bytes("") }, { payload: bytes('{"reason":"x"} ') }],
    // The same letters, divided elsewhere.
    ...[{ principal: "ada@bankc", messageId: "-1" }, { principal: "ada@bank\nc-1", messageId: "" }],
  ]
  for (const change of others) {
    assert.equal(seals.isSealed({ ...claim, ...change }, seal), false, JSON.stringify(change))
  }
})

test("a text that is not a seal is refused", () => {
  const seals = principalSeals([one])
  const seal = seals.seal(claim)
  const wrong = [
    ...["", "x", "=".repeat(43), "A".repeat(43), seal.slice(1), `${seal}A`, `${seal}=`, ` ${seal}`],
    ...[seal.toUpperCase(), `${seal[0] === "A" ? "B" : "A"}${seal.slice(1)}`],
  ]
  for (const each of wrong) assert.equal(seals.isSealed(claim, each), false, each)
})

test("keys can be replaced: all processes accept a new key before it seals", () => {
  const [before, both, after] = [
    principalSeals([one]),
    principalSeals([other, one]),
    principalSeals([third, other]),
  ]
  const [old, newer] = [before.seal(claim), both.seal(claim)]
  assert.notEqual(old, newer)
  assert.deepEqual([both.isSealed(claim, old), both.isSealed(claim, newer)], [
    true,
    true,
  ])
  assert.deepEqual([before.isSealed(claim, newer), after.isSealed(claim, newer)], [
    false,
    true,
  ])
  assert.equal(after.isSealed(claim, old), false)
  assert.equal(ownSeals().isSealed(claim, ownSeals().seal(claim)), false)
})

test("too short, too many or missing keys are refused, and not shown", () => {
  for (const keys of [[], ["short"], [one, "x".repeat(31)], Array.from({ length: 9 }, () => one)]) {
    assert.throws(() => principalSeals(keys), (error: Error) => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /LEFTFOLD_PRINCIPAL_KEYS/)
      for (const key of keys) assert.ok(!error.message.includes(key))
      return true
    })
  }
})

test("a seal fits the subject as callers send it, also when the command is relayed", () => {
  const seals = principalSeals([one])
  const seal = seals.seal(claim)
  const { principal, claims, messageId, payload } = claim
  const headers = {
    [HEADER.principal]: principal,
    [HEADER.id]: messageId,
    [HEADER.claims]: claims,
    [HEADER.principalSeal]: seal,
  }
  const at = (subject: string) => {
    const message = { subject, headers, payload, reply: "", respond: () => {} }
    return principalProblem(seals, message)?._tag
  }
  const relayed = "own.node-1.orders.order.o-1.CancelOrder"
  for (const subject of [claim.subject, relayed]) assert.equal(at(subject), undefined, subject)
  const others = ["cmd.orders.order.o-2.CancelOrder", "cmd.stock.order.o-1.CancelOrder"]
  // What a user sent does not pass for what a policy sends, to which no rule applies.
  for (const subject of [...others, `${claim.subject}.policy`, `${relayed}.policy`]) {
    assert.equal(at(subject), "Forbidden", subject)
  }
})
