/** Tests of seals: a seal fits exactly the claim that was sealed. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { HEADER } from "../header.ts"
import type { Headers } from "../wire.ts"
import {
  type Claim,
  ownSeals,
  principalProblem,
  principalSeals,
  sealHeaders,
} from "./principal-seal.ts"
import { userOfMessage } from "./sender.ts"

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

const TYPE = 'application/json; charset="utf-8"; v=a|b'

/** Messages as clients seal them, and what somebody on the way may change without a key. */
const SENT: Readonly<Record<string, { subject: string; headers: Headers; changes: Headers[] }>> = {
  "a command": {
    subject: claim.subject,
    headers: {
      [HEADER.id]: "c-1",
      [HEADER.deadline]: "1700000000000",
      [HEADER.expectedVersion]: "3",
      [HEADER.contentType]: TYPE,
    },
    changes: [
      ...["4", "", "!3", "3,4", "3 "].map((each) => ({ [HEADER.expectedVersion]: each })),
      ...["1700000000001", "", "17000000000009"].map((each) => ({ [HEADER.deadline]: each })),
      ...["application/msgpack", "application/protobuf", "", `${TYPE} `]
        .map((each) => ({ [HEADER.contentType]: each })),
      ...["1", "1600000000000"].map((each) => ({ [HEADER.askedSince]: each })),
      // The same letters, divided elsewhere.
      { [HEADER.deadline]: "1700000000000|3", [HEADER.expectedVersion]: "" },
      { [HEADER.expectedVersion]: "3|", [HEADER.contentType]: TYPE.slice(1) },
    ],
  },
  "a question": {
    subject: "qry.orders.order-list",
    headers: {
      [HEADER.deadline]: "1700000000000",
      [HEADER.after]: "orders:3",
      [HEADER.newerThan]: "orders:2",
    },
    changes: [
      ...["orders:2", "", "orders:3,stock:1"].map((each) => ({ [HEADER.after]: each })),
      ...["orders:1", ""].map((each) => ({ [HEADER.newerThan]: each })),
      ...["application/msgpack", ""].map((each) => ({ [HEADER.contentType]: `${each}x` })),
      { [HEADER.deadline]: "1700000000001" },
    ],
  },
}

const sealedBy = principalSeals([one])

const seen = (subject: string, headers: Headers) =>
  userOfMessage(sealedBy, {
    ...{ subject, headers, payload: claim.payload },
    ...{ reply: "", respond: () => {} },
  })

for (const [what, { subject, headers, changes }] of Object.entries(SENT)) {
  for (const claims of [undefined, "{}", claim.claims, '{"leftfold:sealed":"x","a":1}']) {
    test(`${what} with the claims ${claims} is refused with other headers`, () => {
      const given = {
        ...headers,
        [HEADER.principal]: "ada",
        ...(claims === undefined ? {} : { [HEADER.claims]: claims }),
      }
      const sent = sealHeaders(sealedBy, given, subject, claim.payload)
      assert.deepEqual(seen(subject, sent), { id: "ada", claims: JSON.parse(claims ?? "{}") })
      // What is marked on the way changes nothing.
      const marked = {
        ...sent,
        [HEADER.retry]: "true",
        [HEADER.failover]: "sender",
        traceparent: "",
      }
      assert.equal(seen(subject, marked)?.id, "ada")
      const refused = { _tag: "Forbidden", message: /sealed/ }
      for (const change of changes) {
        assert.throws(() => seen(subject, { ...sent, ...change }), refused, JSON.stringify(change))
      }
      for (const name of Object.keys(headers)) {
        const { [name]: _gone, ...without } = sent
        assert.throws(() => seen(subject, without), refused, name)
      }
      // Nor can somebody take the headers out of the claims, or write others in.
      const text = sent[HEADER.claims] ?? ""
      for (const other of [claims ?? "", "{}", text.replace("17", "18"), text.replace("|", "")]) {
        const changed = other === text ? "[]" : other
        assert.throws(() => seen(subject, { ...sent, [HEADER.claims]: changed }), refused, changed)
      }
    })
  }

  test(`${what} is taken by an earlier version of the code, and from one`, () => {
    const given = { ...headers, [HEADER.principal]: "ada@bank", [HEADER.claims]: claim.claims }
    const sent = sealHeaders(sealedBy, given, subject, claim.payload)
    // Earlier code checks a seal over the whole header of claims.
    const messageId = headers[subject.startsWith("cmd.") ? HEADER.id : HEADER.deadline] ?? ""
    const whole = { ...claim, subject, messageId, claims: sent[HEADER.claims] ?? "" }
    assert.ok(sealedBy.isSealed(whole, sent[HEADER.principalSeal] ?? ""))
    const { "leftfold:sealed": _sealed, ...claims } = JSON.parse(whole.claims)
    assert.deepEqual(claims, JSON.parse(claim.claims))
    const seal = sealedBy.seal({ ...whole, claims: claim.claims })
    const user = seen(subject, { ...given, [HEADER.principalSeal]: seal })
    assert.deepEqual(user, { id: "ada@bank", claims: JSON.parse(claim.claims) })
  })
}
