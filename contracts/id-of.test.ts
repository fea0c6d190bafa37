/** Tests of ids from other texts: always legal, and the same for the same texts only. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import fc from "fast-check"
import { idOf } from "./id-of.ts"
import { ID } from "./limits.ts"

test("ids and names stay readable", () => {
  assert.equal(idOf("o-1"), "o-1")
  assert.equal(idOf("V1StGXR8_Z5jdHi6B-myT"), "V1StGXR8_Z5jdHi6B-myT")
  assert.equal(idOf("refund", "o-1"), "refund__o-1")
  assert.equal(idOf("x".repeat(128)), "x".repeat(128))
})

test("any text that people type becomes an id that still shows the text", () => {
  const expected = {
    "ada@example.com": /^ada-example-com___[\w-]{22}$/,
    "tenant:42": /^tenant-42___[\w-]{22}$/,
    "urn:isbn:9780131103627": /^urn-isbn-9780131103627___[\w-]{22}$/,
    "{123e4567-e89b-12d3}": /^-123e4567-e89b-12d3-___[\w-]{22}$/,
    "ü": /^-___[\w-]{22}$/,
    "": /^___[\w-]{22}$/,
    "_a": /^-a___[\w-]{22}$/,
  }
  for (const [text, pattern] of Object.entries(expected)) assert.match(idOf(text), pattern)
})

test("the same texts have the same id in every version", () => {
  assert.equal(idOf("ada@example.com"), "ada-example-com___-u_k77TAd9tHOVY8Gyx65Q")
  assert.equal(idOf("refund", "x".repeat(128)).slice(-22), "sTv1KsUtEMqdinAYkxESww")
})

const part = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab_-"), maxLength: 5 }),
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.integer({ min: 1, max: 300 }).map((length) => "x".repeat(length)),
)
const parts = fc.tuple(part, fc.array(part, { maxLength: 3 })).map(
  ([first, others]): [string, ...string[]] => [first, ...others],
)

test("every id is legal, and different texts have different ids", () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const [id, otherId] = [idOf(...one), idOf(...other)]
      assert.match(id, ID)
      assert.equal(
        id === otherId,
        JSON.stringify(one) === JSON.stringify(other),
        `${id} ${otherId}`,
      )
      assert.equal(idOf(...one), id)
    }),
    { numRuns: 5_000 },
  )
})
