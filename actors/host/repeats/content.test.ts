/** Tests of the hashes of contents: equal contents have equal hashes, in every format. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import fc from "fast-check"
import { decodeFields, encode } from "../../../wire/internal.ts"
import { contentHash } from "./content.ts"

const order = {
  customer: "ada",
  lines: [{ sku: "tea", quantity: 2, price: 450 }, { sku: "cup", quantity: 1, price: -1.5 }],
  express: false,
  note: null,
}

test("a content has the same hash in every version, because hashes are stored", () => {
  assert.equal(contentHash("PlaceOrder", order), 2_200_009_284_409_537)
  assert.equal(contentHash("Open", {}), 2_291_042_820_015_574)
})

test("the order of fields, the format and the sign of zero make no difference", () => {
  const turned = {
    note: null,
    express: false,
    lines: order.lines.map(({ sku, quantity, price }) => ({ price, quantity, sku })),
    customer: "ada",
  }
  const expected = contentHash("PlaceOrder", order)
  assert.equal(contentHash("PlaceOrder", turned), expected)
  for (const format of ["json", "msgpack"] as const) {
    const fields = decodeFields(format, encode(format, turned))
    assert.equal(contentHash("PlaceOrder", fields), expected)
  }
  assert.equal(contentHash("Deposit", { amount: -0 }), contentHash("Deposit", { amount: 0 }))
})

test("each part of a content counts: type, names, values, and their kinds, order and place", () => {
  const contents: [string, object][] = [
    ...[{}, { a: 1 }, { b: 1 }, { a: "1" }, { a: 1.5 }, { a: true }, { a: false }, { a: null }],
    ...[{ a: "" }, { a: [] }, { a: {} }, { a: [1] }, { a: [[1]] }, { a: { a: 1 } }, { a: [1, 2] }],
    ...[{ a: [2, 1] }, { a: 1, b: 2 }, { a: 2, b: 1 }, { a: { b: 1 } }, { a: { b: 1 }, c: 2 }],
    ...[{ a: { b: 1, c: 2 } }, { a: 2 ** 31 }, { a: -(2 ** 31) }, { a: 2 ** 53 }, { a: "ab" }],
    ...[{ a: "ba" }, { a: ["a", "b"] }, { a: ["ab"] }, { a: [{ b: 1 }, { c: 1 }] }],
    ...[{ a: [{ c: 1 }, { b: 1 }] }, { a: [{ b: 1, c: 1 }] }, { ab: 1 }, { a: Uint8Array.of(1) }],
    ...[{ a: "\u{1f642}" }, { a: new Date(1) }, { a: 1n }, { a: { "": 1 } }, { "": { a: 1 } }],
  ].flatMap((fields): [string, object][] => [["Do", fields], ["Undo", fields]])
  const hashes = contents.map(([type, fields]) => contentHash(type, fields))
  assert.equal(new Set(hashes).size, contents.length)
  for (const hash of hashes) assert.ok(Number.isSafeInteger(hash) && hash > 0)
})

test("200,000 contents that hardly differ have 200,000 hashes", () => {
  const seen = new Set<number>()
  for (let amount = 0; amount < 100_000; amount++) {
    seen.add(contentHash("Deposit", { amount }))
    seen.add(contentHash("Deposit", { amount: `${amount}`, to: "a" }))
  }
  assert.equal(seen.size, 200_000)
})

test("a JSON value has one hash, however often it was encoded", () => {
  const fields = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(fc.property(fields, (given) => {
    const plain = JSON.parse(JSON.stringify(given))
    // Nothing that is sent may have such a field, at any depth.
    if (JSON.stringify(plain).includes('"__proto__":')) return
    const hash = contentHash("Do", plain)
    assert.equal(contentHash("Do", JSON.parse(JSON.stringify(plain))), hash)
    assert.equal(contentHash("Do", decodeFields("msgpack", encode("msgpack", plain))), hash)
  }))
})
