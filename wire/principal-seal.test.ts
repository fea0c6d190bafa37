/** Tests of seals: a seal fits exactly the claim that was sealed. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { HEADER } from "./envelope.ts"
import { type Claim, ownSeals, principalProblem, principalSeals } from "./principal-seal.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const [one, other, third] = ["1", "2", "3"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
]

const claim: Claim = {
  principal: "ada@bank",
  commandId: "c-1",
  subject: "cmd.orders.order.o-1.CancelOrder",
  payload: bytes('{"reason":"x"}'),
}

test("a seal fits only the same principal, command id, subject and fields", async () => {
  const seals = principalSeals([one])
  const seal = await seals.seal(claim)
  assert.match(seal, /^[A-Za-z0-9_-]{43}$/)
  assert.ok(await seals.isSealed(claim, seal))
  assert.equal(await seals.seal(claim), seal)
  const others: Partial<Claim>[] = [
    ...[{ principal: "eve@bank" }, { principal: "ada@ban" }, { principal: "" }],
    ...[{ commandId: "c-2" }, { subject: "cmd.orders.order.o-2.CancelOrder" }],
    ...[{ subject: "cmd.orders.order.o-1.PlaceOrder" }, { payload: bytes('{"reason":"y"}') }],
    ...[{ payload: bytes("") }, { payload: bytes('{"reason":"x"} ') }],
    // The same letters, divided elsewhere.
    ...[{ principal: "ada@bankc", commandId: "-1" }, { principal: "ada@bank\nc-1", commandId: "" }],
  ]
  for (const change of others) {
    assert.equal(await seals.isSealed({ ...claim, ...change }, seal), false, JSON.stringify(change))
  }
})

test("a text that is not a seal is refused", async () => {
  const seals = principalSeals([one])
  const seal = await seals.seal(claim)
  const wrong = [
    ...["", "x", "=".repeat(43), "A".repeat(43), seal.slice(1), `${seal}A`, `${seal}=`, ` ${seal}`],
    ...[seal.toUpperCase(), `${seal[0] === "A" ? "B" : "A"}${seal.slice(1)}`],
  ]
  for (const each of wrong) assert.equal(await seals.isSealed(claim, each), false, each)
})

test("keys can be replaced: all processes accept a new key before it seals", async () => {
  const [before, both, after] = [
    principalSeals([one]),
    principalSeals([other, one]),
    principalSeals([third, other]),
  ]
  const [old, newer] = [await before.seal(claim), await both.seal(claim)]
  assert.notEqual(old, newer)
  assert.deepEqual([await both.isSealed(claim, old), await both.isSealed(claim, newer)], [
    true,
    true,
  ])
  assert.deepEqual([await before.isSealed(claim, newer), await after.isSealed(claim, newer)], [
    false,
    true,
  ])
  assert.equal(await after.isSealed(claim, old), false)
  assert.equal(await ownSeals().isSealed(claim, await ownSeals().seal(claim)), false)
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

test("a seal fits the subject as callers send it, also when the command is relayed", async () => {
  const seals = principalSeals([one])
  const seal = await seals.seal(claim)
  const { principal, commandId, payload } = claim
  const headers = {
    [HEADER.principal]: principal,
    [HEADER.id]: commandId,
    [HEADER.principalSeal]: seal,
  }
  const at = async (subject: string) => {
    const message = { subject, headers, payload, reply: "", respond: () => {} }
    return (await principalProblem(seals, message))?._tag
  }
  const relayed = "own.node-1.orders.order.o-1.CancelOrder"
  for (const subject of [claim.subject, relayed, `${claim.subject}.policy`, `${relayed}.policy`]) {
    assert.equal(await at(subject), undefined, subject)
  }
  for (const subject of ["cmd.orders.order.o-2.CancelOrder", "cmd.stock.order.o-1.CancelOrder"]) {
    assert.equal(await at(subject), "Forbidden", subject)
  }
})
