/** Tests of the JSON reader: text with two possible meanings is refused. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { readJson } from "./json-reader.ts"
import { TooManyValues } from "../../contracts/plain.ts"
import type { ReadLimits } from "./msgpack-reader.ts"

const LIMITS: ReadLimits = { levels: 8, values: 100, own: false }
const ALL: ReadLimits = { levels: 256, values: 1_000_000, own: false }

const utf8 = new TextEncoder()
const read = (text: string, limits = LIMITS): unknown => readJson(utf8.encode(text), limits)

test("whatever JSON.stringify writes is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const parsed: unknown = JSON.parse(text)
      const refused = /__proto__|\\ud[89a-f]/.test(text)
      if (refused) return
      assert.deepEqual(read(JSON.stringify(parsed), ALL), parsed)
      assert.deepEqual(read(JSON.stringify(parsed, null, 2), ALL), parsed)
    }),
    { numRuns: 2_000, seed: 42 },
  )
})

test("brackets, quotes, colons and numbers within texts are ignored", () => {
  const tricky = { 'a":[{': '\\"}]:,1e999', "b\\": "[".repeat(1_000), c: "12345678901234567890" }
  assert.deepEqual(read(JSON.stringify(tricky)), tricky)
})

describe("a repeated field", () => {
  test("is refused in any map, however its name is spelled", () => {
    for (
      const text of [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a":3}',
        '[{"x":{"a":1,"a":2}}]',
        '{"a":1,"\\u0061":2}',
        '{"":1,"":2}',
        '{"constructor":1,"constructor":2}',
      ]
    ) assert.throws(() => read(text), /twice in one map/, text)
  })

  test("is not a field of the same name in another map", () => {
    const text = '[{"a":1},{"a":{"a":{"a":2}}}]'
    assert.deepEqual(read(text), JSON.parse(text))
  })
})

describe("a number", () => {
  test("is refused when it would change or become infinite", () => {
    const wrong = [
      "9007199254740993",
      "-9007199254740993",
      "1732270000123456789",
      "18446744073709551615",
      "123456789012345678901234567890",
      "1e400",
      "-1e309",
      "[1,2,9007199254740993]",
      '{"a":9007199254740993}',
      "1".repeat(101),
      `0.${"1".repeat(1_000)}`,
    ]
    for (const text of wrong) assert.throws(() => read(text), RangeError, text)
  })

  test("is read when it is exact, or written as JavaScript writes it", () => {
    const right = [
      2 ** 53 - 1,
      2 ** 53,
      2 ** 60,
      1e20,
      1e21,
      1.5e300,
      5e-324,
      1e-400,
      -0.1,
      0.30000000000000004,
      123_456_789_012_345.67,
      Number.MAX_VALUE,
    ]
    for (const number of right) assert.equal(read(JSON.stringify(number)), number)
    assert.equal(read("1152921504606846976"), 2 ** 60)
    assert.equal(read("36893488147419103232"), 2 ** 65)
  })
})

test("half of a surrogate pair is refused, as a value and as a name", () => {
  for (const text of ['"\\ud83d"', '["\\udc8e\\ud83d"]', '{"\\uD83D":1}', '{"a":["x\\ud83dx"]}']) {
    assert.throws(() => read(text), /surrogate/, text)
    readJson(utf8.encode(text), { ...LIMITS, own: true })
  }
  assert.equal(read('"\\ud83d\\udc8e"'), "💎")
  assert.equal(read('"\\\\ud83d"'), "\\ud83d")
})

test("bytes that are not UTF-8, or that begin with a byte order mark, are refused", () => {
  for (
    const bytes of [[0x22, 0xff, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xef, 0xbb, 0xbf, 0x31]]
  ) {
    assert.throws(() => readJson(new Uint8Array(bytes), LIMITS))
  }
})

test("depth and number of values are checked before anything is parsed", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
  read(nested(8))
  for (const levels of [9, 1_000, 400_000]) {
    assert.throws(() => read(nested(levels)), /more than 8 levels/)
    assert.throws(() => read("[".repeat(levels)), /more than 8 levels/)
    assert.throws(() => read('{"a":'.repeat(levels)), /more than 8 levels/)
  }
  const list = (length: number, item: string) => `[${new Array(length).fill(item).join()}]`
  for (const item of ["1", "{}", "[]", "null", '"a"', "-1.5"]) {
    read(list(99, item))
    assert.throws(() => read(list(100, item)), TooManyValues, item)
  }
  read(`{${Array.from({ length: 99 }, (_, index) => `"k${index}":"v"`).join()}}`)
  assert.throws(() => read(list(400_000, "{}")), /more than 100 values/)
})
