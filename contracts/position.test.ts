/** Tests of positions: how they are written, read and compared. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Invalid } from "./errors.ts"
import { formatPositions, hasReached, parsePositions, positionOf } from "./position.ts"

test("positions are read as they were written", () => {
  const positions = { orders: 1_234, payments: 0, "a-1": 999_999_999_999_999 }
  assert.equal(formatPositions(positions), "orders:1234,payments:0,a-1:999999999999999")
  assert.deepEqual(parsePositions(formatPositions(positions)), positions)
  assert.deepEqual(parsePositions(positionOf("orders", 7)), { orders: 7 })
})

test("the later of two positions in one context counts", () => {
  assert.deepEqual(parsePositions("a:3, b:1 ,a:2"), { a: 3, b: 1 })
})

test("text that is not a position is refused with a short message", () => {
  const bad = ["", "orders", "orders:", ":1", "orders:-1", "orders:1.5", "orders:1e3", "Orders:1"]
  for (const text of [...bad, "a:1,", "a:1:2", "a:1b", "a:1234567890123456", "x".repeat(10_000)]) {
    assert.throws(() => parsePositions(text), (error) => {
      return error instanceof Invalid && error.message.length < 300
    }, text)
  }
})

test("thousands of positions are refused at once", () => {
  const many = Array.from({ length: 2_000 }, (_, each) => `c${each % 10}:1`).join(",")
  assert.throws(() => parsePositions(many), /at most 8192 characters/)
  assert.equal(Object.keys(parsePositions(many.slice(0, 4_999))).length, 10)
})

test("a context named like a member of objects is a context like any other", () => {
  assert.deepEqual(parsePositions("constructor:5"), { constructor: 5 })
  assert.equal(hasReached({}, parsePositions("constructor:5")), true)
  assert.equal(hasReached({ constructor: 4 }, { constructor: 5 }), false)
})

test("a position is reached when every known context has come as far", () => {
  assert.equal(hasReached({ a: 5, b: 5 }, { a: 5 }), true)
  assert.equal(hasReached({ a: 5, b: 5 }, { a: 6 }), false)
  assert.equal(hasReached({ a: 5, b: 5 }, { a: 5, b: 6 }), false)
  assert.equal(hasReached({ a: 5 }, { a: 5, elsewhere: 100 }), true)
  assert.equal(hasReached({ a: 0 }, {}), true)
})
