/** Tests of numbers from text: none loses a digit. */
import assert from "node:assert/strict"
import { BigDecimal } from "effect"
import { test } from "../testing/test.ts"
import { exactJson, exactNumber, isQuotient } from "./exact-number.ts"

const shown = (value: unknown): unknown =>
  BigDecimal.isBigDecimal(value) ? `decimal ${BigDecimal.format(value)}` : value

test("a number holds what it can, and what it cannot hold keeps all digits", () => {
  assert.equal(exactNumber("0.1"), 0.1)
  assert.equal(exactNumber("2.5000000000000000"), 2.5)
  assert.equal(exactNumber("9007199254740993"), 9007199254740993n)
  assert.equal(shown(exactNumber("9007199254740993.00")), "decimal 9007199254740993")
  assert.equal(shown(exactNumber("90071992547409.915")), "decimal 90071992547409.915")
  assert.equal(shown(exactNumber("-0.12345678901234567")), "decimal -1.2345678901234567e-1")
})

test("JSON keeps the digits of its numbers, and its texts", () => {
  const text = '{"a":9007199254740993,"b":[0.12345678901234567890,1e20,100000000000000000000],' +
    '"c":"9007199254740993 \\" 9007199254740993","d":0.1}'
  const { a, b, ...rest } = exactJson(text) as { a: unknown; b: unknown[] }
  assert.equal(a, 9007199254740993n)
  assert.deepEqual(b.map(shown), ["decimal 1.234567890123456789e-1", 1e20, 1e20])
  assert.deepEqual(rest, { c: '9007199254740993 " 9007199254740993', d: 0.1 })
})

test("a float8 that Postgres writes with 17 digits in JSON is the number that it is", () => {
  assert.deepEqual(exactJson("[-3.5739593245906232e+16]"), [-35739593245906230])
  assert.deepEqual((exactJson("[-35739593245906232]") as unknown[]).map(shown), [
    shown(-35739593245906232n),
  ])
})

test("an average is known by its digits, and a sum is not taken for one", () => {
  // As Postgres 17 writes 1/3, 5/3, 100/3, 10000/3, 1e10/3 and 1e15/3.
  const quotients = [
    ...["0.33333333333333333333", "1.6666666666666667", "33.3333333333333333"],
    ...["3333.3333333333333333", "3333333333.33333333", "333333333333333.3333"],
  ]
  for (const text of quotients) {
    assert.equal(isQuotient(BigDecimal.fromStringUnsafe(text)), true, text)
  }
  for (const text of ["12345678901234567.89", "90071992547409.915", "0.123456789012345678"]) {
    assert.equal(isQuotient(BigDecimal.fromStringUnsafe(text)), false, text)
  }
})
