/** Tests of ids in subjects: what people have as ids keeps its text, and its actor. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Invalid } from "../../contracts/internal.ts"
import { logSubject, parseCommandSubject, parseLogSubject } from "../address.ts"
import { checkId, checkIdToken, idOfToken, tokenOf } from "./id-token.ts"

/** Ids that people have, with their tokens. */
const TOKENS: readonly (readonly [string, string])[] = [
  ["o-1", "o-1"],
  ["__proto__", "__proto__"],
  ["x".repeat(128), "x".repeat(128)],
  ["ada@example.com", "ada%40example%2Ecom"],
  ["urn:isbn:0-395-36341-1", "urn%3Aisbn%3A0-395-36341-1"],
  ["a/b/../c.txt", "a%2Fb%2F%2E%2E%2Fc%2Etxt"],
  ["tenant:42", "tenant%3A42"],
  ["{0F1E2D3C-0000-4000-8000-000000000001}", "%7B0F1E2D3C-0000-4000-8000-000000000001%7D"],
  ["J\u00fcrgen M\u00fcller", "J%C3%BCrgen%20M%C3%BCller"],
  ["\u65e5\u672c", "%E6%97%A5%E6%9C%AC"],
  ["\u{1f4a5}", "%F0%9F%92%A5"],
  ["\u{1f469}\u200d\u{1f4bb}", "%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB"],
  ["%41", "%2541"],
  ["a*b>c", "a%2Ab%3Ec"],
  ["it's (!~)", "it%27s%20%28%21%7E%29"],
  [" ", "%20"],
  ["...", "%2E%2E%2E"],
  ["\u00fc".repeat(128), "%C3%BC".repeat(128)],
]

test("an id is one token of a subject, and is read back from it", () => {
  for (const [id, token] of TOKENS) {
    assert.equal(checkId(id), id)
    assert.equal(tokenOf(id), token)
    assert.match(token, /^[A-Za-z0-9_%-]+$/)
    assert.equal(idOfToken(token), id)
    const subject = logSubject("orders.order", id)
    assert.deepEqual(parseLogSubject(subject), { name: "orders.order", id }, subject)
    const command = `cmd.orders.order.${token}.Place`
    assert.equal(parseCommandSubject(command).id, id)
  }
})

test("what cannot be an id is refused, and the message says why", () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ["", /use 1 to 128 characters/],
    ["x".repeat(129), /use 1 to 128 characters/],
    [".", /not "\." or "\.\."/],
    ["..", /not "\." or "\.\."/],
    ["a\0b", /cannot be printed/],
    ["a\nb", /cannot be printed/],
    ["\u007f", /cannot be printed/],
    ["a\u2028b", /cannot be printed/],
    ["a\u202eb", /cannot be printed/],
    ["\ufeffa", /cannot be printed/],
    ["a\u200b", /cannot be printed/],
    ["\ud800", /cannot be printed/],
    ["u\u0308", /normalize it first/],
  ]
  for (const [id, why] of bad) {
    assert.throws(() => checkId(id), (error) => {
      assert.ok(error instanceof Invalid, JSON.stringify(id))
      assert.match(error.message, why)
      assert.equal(error.issues?.[0]?.path, "id")
      return error.message.length < 250
    })
  }
})

test("an id has one token: another spelling of it is the subject of nobody", () => {
  const bad = [
    ...["", "%41", "%2d", "ada%40example.com", "a%2f", "%", "%2", "%zz", "%ff", "%C3", "%00"],
    ...["ada@example", "\u00fc", "a b", "u%CC%88", "%2E", "%2E%2E", "x".repeat(129)],
    ...["%20".repeat(129), "*", ">", "a%2A*"],
  ]
  for (const token of bad) {
    assert.equal(idOfToken(token), undefined, token)
    assert.throws(() => checkIdToken(token), Invalid, token)
    assert.equal(parseLogSubject(`evt.a.b.0.${token}`).name, "", token)
  }
})
