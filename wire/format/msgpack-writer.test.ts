/** Tests of the MessagePack writer: it writes the fewest bytes, with the same meaning as JSON. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { decode, decodeOwn, encode } from "../codec.ts"
import { OWN_NESTING } from "../limits.ts"
import { writeMsgpack } from "./msgpack-writer.ts"

const written = (value: unknown): number[] => [...writeMsgpack(value, OWN_NESTING)]

test("values are written as the specification spells them, in the fewest bytes", () => {
  const known: [unknown, ...number[]][] = [
    [null, 0xc0],
    [undefined, 0xc0],
    [true, 0xc3],
    [127, 0x7f],
    [128, 0xcc, 0x80],
    [256, 0xcd, 1, 0],
    [65_536, 0xce, 0, 1, 0, 0],
    [-32, 0xe0],
    [-33, 0xd0, 0xdf],
    [-129, 0xd1, 0xff, 0x7f],
    [-32_769, 0xd2, 0xff, 0xff, 0x7f, 0xff],
    [2 ** 32 - 1, 0xce, 0xff, 0xff, 0xff, 0xff],
    [2 ** 32, 0xcf, 0, 0, 0, 1, 0, 0, 0, 0],
    [Number.MAX_SAFE_INTEGER, 0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [-(2 ** 31), 0xd2, 0x80, 0, 0, 0],
    [-(2 ** 31) - 1, 0xd3, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff],
    [Number.MIN_SAFE_INTEGER, 0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 1],
    [2 ** 53, 0xcb, 0x43, 0x40, 0, 0, 0, 0, 0, 0],
    [0.5, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0],
    [-0, 0],
    ["é", 0xa2, 0xc3, 0xa9],
    [[1], 0x91, 1],
    [{ a: 1 }, 0x81, 0xa1, 0x61, 1],
    [new Uint8Array([7]), 0xc4, 1, 7],
  ]
  for (const [value, ...bytes] of known) assert.deepEqual(written(value), bytes)
  assert.deepEqual(written("x".repeat(31)).slice(0, 1), [0xbf])
  assert.deepEqual(written("x".repeat(32)).slice(0, 2), [0xd9, 32])
  assert.deepEqual(written("é".repeat(16)).slice(0, 2), [0xd9, 32])
  assert.deepEqual(written("x".repeat(256)).slice(0, 3), [0xda, 1, 0])
  assert.deepEqual(written("x".repeat(65_536)).slice(0, 5), [0xdb, 0, 1, 0, 0])
  assert.deepEqual(written(new Array(16).fill(0)).slice(0, 3), [0xdc, 0, 16])
})

test("both formats carry any plain value the same way", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 90 })
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, undefined),
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: -70_000, max: 70_000 }),
      fc.double(),
      text,
      fc.date({ noInvalidDate: true }),
      fc.array(tie("value"), { maxLength: 40 }),
      fc.dictionary(text.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 40 }),
    ),
  }))
  fc.assert(
    fc.property(value, (each) => {
      const asJson = decode("json", encode("json", [each]))
      assert.deepEqual(decode("msgpack", encode("msgpack", [each])), asJson)
      assert.deepEqual(decodeOwn("msgpack", encode("msgpack", [each])), asJson)
    }),
    { numRuns: 500, seed: 42 },
  )
})

test("fields that are undefined are left out, however many there are", () => {
  for (const fields of [1, 15, 16, 70_000]) {
    const map: Record<string, unknown> = {}
    for (let field = 0; field < fields; field++) map[`f${field}`] = field % 3 ? field : undefined
    map.last = () => {}
    const expected = JSON.parse(JSON.stringify(map))
    assert.deepEqual(decodeOwn("msgpack", encode("msgpack", map)), expected)
  }
})

test("texts and messages of all lengths are read back whole, whatever came before", () => {
  for (let length = 0; length < 300; length++) {
    for (const unit of ["x", "é", "日", "💥"]) {
      const value = ["x".repeat(length % 7), unit.repeat(length), length]
      assert.deepEqual(decode("msgpack", encode("msgpack", value)), value)
    }
  }
  const large = { text: "日x".repeat(400_000), list: [1] }
  const before = encode("msgpack", { kept: "as it was" })
  assert.deepEqual(decode("msgpack", encode("msgpack", large)), large)
  for (let round = 0; round < 2_000; round++) encode("msgpack", { round })
  assert.deepEqual(decode("msgpack", before), { kept: "as it was" })
})

test("half of a surrogate pair is written as the replacement character", () => {
  for (const text of ["\ud83d", "a\udc8e", `${"x".repeat(100)}\ud83d`]) {
    const replaced = text.toWellFormed()
    assert.deepEqual(decode("msgpack", encode("msgpack", [text])), [replaced])
  }
})

test("JavaScript's Map and Set are written as a map and an array", () => {
  const value = { map: new Map([["a", 1]]), set: new Set([1, 2]), large: 2n ** 70n }
  assert.deepEqual(decode("msgpack", encode("msgpack", value)), {
    map: { a: 1 },
    set: [1, 2],
    large: String(2n ** 70n),
  })
})

test("a value that could not be read again is refused, and the next one is written", () => {
  let deep: unknown = 1
  for (let level = 0; level < OWN_NESTING; level++) deep = [deep]
  assert.deepEqual(decodeOwn("msgpack", encode("msgpack", deep)), deep)
  assert.throws(() => encode("msgpack", [deep]), RangeError)
  const named = JSON.parse('{"a":[{"__proto__":1}]}')
  assert.throws(() => encode("msgpack", named), /"__proto__"/)
  const circle: unknown[] = []
  circle.push(circle)
  assert.throws(() => encode("msgpack", circle), RangeError)
  assert.deepEqual(decode("msgpack", encode("msgpack", { a: [1] })), { a: [1] })
})
