/** Tests of seals: what was sealed is known again, and nothing that differs from it in any part. */
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

test("a seal holds for who asks for what, and for nothing else", async () => {
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
    // The same letters, cut in another place.
    ...[{ principal: "ada@bankc", commandId: "-1" }, { principal: "ada@bank\nc-1", commandId: "" }],
  ]
  for (const change of others) {
    assert.equal(await seals.isSealed({ ...claim, ...change }, seal), false, JSON.stringify(change))
  }
})

test("what is no seal is not taken for one", async () => {
  const seals = principalSeals([one])
  const seal = await seals.seal(claim)
  const wrong = [
    ...["", "x", "=".repeat(43), "A".repeat(43), seal.slice(1), `${seal}A`, `${seal}=`, ` ${seal}`],
    ...[seal.toUpperCase(), `${seal[0] === "A" ? "B" : "A"}${seal.slice(1)}`],
  ]
  for (const each of wrong) assert.equal(await seals.isSealed(claim, each), false, each)
})

test("a new key is given to all before it seals, and an old one is taken on", async () => {
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

test("keys that are too short, too many or none are refused, and not shown", () => {
  for (const keys of [[], ["short"], [one, "x".repeat(31)], Array.from({ length: 9 }, () => one)]) {
    assert.throws(() => principalSeals(keys), (error: Error) => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /LEFTFOLD_PRINCIPAL_KEYS/)
      for (const key of keys) assert.ok(!error.message.includes(key))
      return true
    })
  }
})

test("a command is known by its subject as callers send it, on whatever way it comes", async () => {
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
