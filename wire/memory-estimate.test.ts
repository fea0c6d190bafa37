/** Tests of the memory estimate: right within a factor of two, at a bounded cost. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { weigh } from "./memory-estimate.ts"

const order = (number: number) => ({
  sku: `sku-${number % 10}`,
  quantity: number,
  price: 100,
})

const many = (count: number) => Array.from({ length: count }, (_, each) => order(each))

const within = (estimate: number, expected: number, share: number) =>
  assert.ok(Math.abs(estimate / expected - 1) <= share, `${estimate} instead of ${expected}`)

test("simple values and small records take a little", () => {
  for (const value of [1, true, null, undefined, "", {}, []]) assert.ok(weigh(value) <= 64)
  assert.ok(weigh("x".repeat(1_000)) >= 1_000)
  assert.ok(weigh(new Uint8Array(5_000)) >= 5_000)
})

test("a collection of any kind weighs in proportion to its size", () => {
  const one = weigh(order(1))
  const collections: Record<string, unknown> = {
    array: many(10_000),
    set: new Set(many(10_000)),
    map: new Map(many(10_000).map((value, key) => [key, value])),
    record: Object.fromEntries(many(10_000).map((value, key) => [`k${key}`, value])),
  }
  for (const [kind, collection] of Object.entries(collections)) {
    const estimate = weigh(collection)
    assert.ok(estimate > 10_000 * one * 0.8, `${kind}: ${estimate}`)
    assert.ok(estimate < 10_000 * one * 1.5, `${kind}: ${estimate}`)
  }
})

test("collections within collections are not overlooked", () => {
  const nested = (count: number) => ({
    open: true,
    orders: Array.from({ length: count }, (_, each) => ({ id: `o-${each}`, lines: many(count) })),
  })
  within(weigh(nested(100)), 100 * weigh(many(100)), 0.5)
})

test("a value that contains itself or has millions of parts is weighed at a bounded cost", () => {
  const circle: { name: string; self?: unknown } = { name: "circle" }
  circle.self = [circle, circle]
  assert.ok(weigh(circle) > 0)
  let visited = 0
  const counting = {
    get part() {
      visited++
      return 1
    },
  }
  weigh(Array.from({ length: 10_000 }, () => Array.from({ length: 10 }, () => counting)))
  assert.ok(visited <= 2_000, `${visited} parts were looked at`)
})
