/** Tests of the MessagePack reader: bytes written by hand are read, or refused clearly. */
import assert from "node:assert/strict"
import process from "node:process"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { TooManyValues } from "../../contracts/plain.ts"
import { type ReadLimits, readMsgpack } from "./msgpack-reader.ts"

const ANYBODY: ReadLimits = { levels: 8, values: 100, own: false }
const OWN: ReadLimits = { ...ANYBODY, own: true }

const utf8 = new TextEncoder()
const bytesOf = (...parts: readonly (number | string)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => typeof part === "number" ? [part] : [...utf8.encode(part)]),
  )

const read = (...parts: readonly (number | string)[]): unknown =>
  readMsgpack(bytesOf(...parts), ANYBODY)

const refused = (words: RegExp, ...parts: readonly (number | string)[]): void => {
  assert.throws(() => read(...parts), words, parts.join())
}

test("every kind of value is read as the specification spells it", () => {
  const known: [unknown, ...(number | string)[]][] = [
    [null, 0xc0],
    [false, 0xc2],
    [true, 0xc3],
    [0, 0x00],
    [127, 0x7f],
    [-32, 0xe0],
    [-1, 0xff],
    [200, 0xcc, 200],
    [0x1234, 0xcd, 0x12, 0x34],
    [0xfedcba98, 0xce, 0xfe, 0xdc, 0xba, 0x98],
    [2 ** 53 - 1, 0xcf, 0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [-128, 0xd0, 0x80],
    [-32_768, 0xd1, 0x80, 0x00],
    [-2_147_483_648, 0xd2, 0x80, 0x00, 0x00, 0x00],
    [-(2 ** 53), 0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0],
    [0.5, 0xca, 0x3f, 0, 0, 0],
    [-1.25, 0xcb, 0xbf, 0xf4, 0, 0, 0, 0, 0, 0],
    ["", 0xa0],
    ["tea", 0xa3, "tea"],
    ["Zoë 💥", 0xa9, "Zoë 💥"],
    ["x".repeat(200), 0xd9, 200, "x".repeat(200)],
    ["é".repeat(150), 0xda, 0x01, 0x2c, "é".repeat(150)],
    ["tea", 0xdb, 0, 0, 0, 3, "tea"],
    ["\ufeffmark", 0xa7, "\ufeffmark"],
    ["\ufffd", 0xa3, "\ufffd"],
    [[], 0x90],
    [[1, [2]], 0x92, 1, 0x91, 2],
    [[1], 0xdc, 0, 1, 1],
    [[1], 0xdd, 0, 0, 0, 1, 1],
    [{}, 0x80],
    [{ a: 1, constructor: 2 }, 0x82, 0xa1, "a", 1, 0xab, "constructor", 2],
    [{ a: 1 }, 0xde, 0, 1, 0xd9, 1, "a", 1],
    [{ a: 1 }, 0xdf, 0, 0, 0, 1, 0xda, 0, 1, "a", 1],
  ]
  for (const [value, ...bytes] of known) assert.deepEqual(read(...bytes), value)
})

test("no extension is read, whatever it stands for", () => {
  const kinds = [0x00, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0xff]
  for (const kind of kinds) {
    refused(/extensions are not spoken here/, 0xd4, kind, 0x40)
    refused(/extensions/, 0xd5, kind, 0, 0)
    refused(/extensions/, 0xd6, kind, 0, 0, 0, 1)
    refused(/extensions/, 0xd7, kind, 0, 0, 0, 0, 0, 0, 0, 0)
    refused(/extensions/, 0xd8, kind, ...new Array(16).fill(0))
    refused(/extensions/, 0xc7, 1, kind, 0)
    refused(/extensions/, 0xc8, 0, 1, kind, 0)
    refused(/extensions/, 0xc9, 0, 0, 0, 1, kind, 0)
  }
  refused(/0xc1 stands for nothing/, 0xc1)
})

test("binary values are read only from bytes that we wrote", () => {
  for (const head of [[0xc4, 3], [0xc5, 0, 3], [0xc6, 0, 0, 0, 3]]) {
    const bytes = bytesOf(...head, 1, 2, 3)
    assert.deepEqual(readMsgpack(bytes, OWN), new Uint8Array([1, 2, 3]))
    assert.throws(() => readMsgpack(bytes, ANYBODY), /base64/)
  }
})

describe("a map", () => {
  test("has texts as field names, and no name twice", () => {
    refused(/must be texts/, 0x81, 1, 1)
    refused(/must be texts/, 0x81, 0x90, 1)
    refused(/must be texts/, 0x81, 0xc0, 1)
    refused(/"a" is there twice/, 0x82, 0xa1, "a", 1, 0xa1, "a", 2)
    refused(/"a" is there twice/, 0x82, 0xa1, "a", 0xc0, 0xd9, 1, "a", 2)
    refused(/"toString" is there twice/, 0x82, 0xa8, "toString", 1, 0xa8, "toString", 1)
    refused(/"1" is there twice/, 0x82, 0xa1, "1", 1, 0xa1, "1", 1)
  })

  test("has no field called __proto__, however its name is spelled", () => {
    for (const head of [[0xa9], [0xd9, 9], [0xda, 0, 9], [0xdb, 0, 0, 0, 9]]) {
      refused(/"__proto__" is refused/, 0x81, ...head, "__proto__", 0x80)
      refused(/"__proto__" is refused/, 0x91, 0x81, ...head, "__proto__", 1)
    }
    assert.equal(Reflect.get({}, "polluted"), undefined)
  })
})

test("whole numbers of 64 bits are read exactly, or refused", () => {
  assert.equal(read(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), 2 ** 53)
  assert.equal(read(0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0), 2 ** 63)
  assert.equal(read(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0), -(2 ** 63))
  refused(/would be rounded: send it as text/, 0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1)
  refused(/would be rounded/, 0xcf, ...new Array(8).fill(0xff))
  refused(/would be rounded/, 0xd3, 0xff, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
})

test("numbers that are not finite are refused, because JSON has none", () => {
  refused(/not finite/, 0xca, 0x7f, 0x80, 0, 0)
  refused(/not finite/, 0xca, 0x7f, 0xc0, 0, 0)
  refused(/not finite/, 0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)
  refused(/not finite/, 0xcb, 0xff, 0xf8, 0, 0, 0, 0, 0, 0)
})

test("texts that are not UTF-8 are refused, short and long", () => {
  const wrong = [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]
  for (const bytes of wrong) {
    refused(/./, 0xa0 + bytes.length, ...bytes)
    const long = bytesOf("x".repeat(100), ...bytes)
    refused(/./, 0xd9, long.length, ...long)
    refused(/./, 0x81, 0xa0 + bytes.length, ...bytes, 1)
  }
})

test("lengths beyond the end of the bytes are refused before anything is allocated", () => {
  const most = [0xff, 0xff, 0xff, 0xff]
  const before = process.memoryUsage().heapUsed
  for (const head of [0xdb, 0xdd, 0xdf, 0xc6]) {
    for (let round = 0; round < 100; round++) refused(/middle of a value/, head, ...most, 1)
  }
  for (const head of [0xda, 0xdc, 0xde, 0xc5]) refused(/middle of a value/, head, 0xff, 0xff, 1)
  refused(/middle of a value/, 0xde, 0, 2, 0xa1, "a", 1)
  assert.ok(process.memoryUsage().heapUsed - before < 50_000_000)
})

test("bytes that are too short or too long are refused", () => {
  const whole = bytesOf(0x82, 0xa4, "text", 0xa3, "tea", 0xa4, "list", 0x93, 1, 0xcd, 1, 0, 0xc3)
  readMsgpack(whole, ANYBODY)
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readMsgpack(whole.subarray(0, length), ANYBODY), /middle of a value/)
  }
  refused(/left over/, 0xc0, 0xc0)
})

test("depth and values are counted while reading", () => {
  const nested = (levels: number) => [...new Array(levels).fill(0x91), 1]
  read(...nested(8))
  refused(/more than 8 levels/, ...nested(9))
  refused(/more than 8 levels/, ...nested(1_000))
  // A level that has ended no longer counts as depth.
  read(0x93, ...nested(7), ...nested(7), ...nested(7))
  const list = (length: number) => [0xdc, 0, length, ...new Array(length).fill(1)]
  read(...list(99))
  assert.throws(() => read(...list(100)), TooManyValues)
  assert.throws(() => read(0x92, ...list(60), ...list(60)), TooManyValues)
  assert.throws(() => read(0xdc, 0, 200, ...new Array(200).fill(0x80)), /more than 100 values/)
})

test("field names that are read repeatedly do not get mixed up", () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `k${index * 7919}`)
  for (let round = 0; round < 2; round++) {
    for (const name of names) {
      assert.deepEqual(read(0x81, 0xa0 + name.length, name, 1), { [name]: 1 })
    }
  }
  for (const name of ["é", "ab", "aé", "\u0000\u0001"]) {
    const { length } = utf8.encode(name)
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(Object.keys(read(0x81, 0xa0 + length, name, 1) as object), [name])
    }
  }
})
