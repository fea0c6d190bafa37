/** Tests of command ids: no caller's id equals a policy's, and no two ids of callers become one. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import fc from "fast-check"
import { Invalid } from "../contracts/internal.ts"
import { callersCommandId, isPolicyCommandId } from "./command-id.ts"
import { readEnvelope } from "./envelope.ts"
import { HEADER } from "./header.ts"
import { TOKEN, TOKEN_CHARACTERS } from "./limits.ts"

const POLICY_IDS = [
  "orders.checkout-steps/orders:7/0/0",
  "orders.checkout-steps/orders:7/0/0/2026-01-01T00:00:00.000Z",
  `${"a".repeat(64)}.${"b".repeat(64)}/${"c".repeat(64)}:${"9".repeat(15)}/65535/9`,
  "a.b/",
]

const token = fc.string({
  unit: fc.constantFrom(..."ab.~#/:-0Z"),
  minLength: 1,
  maxLength: 12,
})
const long = fc.constantFrom(...POLICY_IDS, "~", "a.b/").chain((start) =>
  fc.constantFrom("x", "~", "#").map((end) => start.padEnd(TOKEN_CHARACTERS, end))
)
const callers = fc.oneof(token, long, fc.constantFrom(...POLICY_IDS, "~#", "~", "~~"))

test("an ordinary id of a caller stays as it is", () => {
  const ids = [
    "8e03978e-40d5-43e8-bc93-6894a57f9324",
    "order/5:pay",
    "/orders/7",
    "urn:uuid:1-2-3",
    "https://example.com/hooks/7?try=1",
    "orders.checkout-steps:7/0",
    "x".repeat(256),
  ]
  for (const id of ids) assert.equal(callersCommandId(id), id)
})

test("an id in the form of a policy's changes when a caller gives it", () => {
  for (const id of POLICY_IDS) {
    assert.ok(isPolicyCommandId(id), id)
    assert.ok(!isPolicyCommandId(callersCommandId(id)), id)
  }
})

test("ids of callers stay valid, distinct, and outside the space of policies", () => {
  fc.assert(
    fc.property(callers, callers, (one, other) => {
      const [mapped, otherMapped] = [callersCommandId(one), callersCommandId(other)]
      assert.ok(TOKEN.test(mapped), mapped)
      assert.ok(!isPolicyCommandId(mapped), mapped)
      assert.equal(mapped === otherMapped, one === other)
    }),
    { numRuns: 5_000 },
  )
})

test("only a trusted command keeps an id in the form of a policy's", () => {
  for (const id of POLICY_IDS) {
    const headers = { [HEADER.id]: id }
    assert.equal(readEnvelope(headers, 0, true).id, id)
    const { id: callers, correlation } = readEnvelope(headers, 0)
    assert.equal(callers, `~${id}`)
    assert.equal(correlation, callers)
  }
  assert.throws(() => readEnvelope({ [HEADER.id]: "c-1" }, 0, true), Invalid)
})
