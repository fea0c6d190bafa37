/** Tests of freezing: what cannot be changed any longer, and what is left as it is. */
import assert from "node:assert/strict"
import { BigDecimal, Schema } from "effect"
import { test } from "../testing/test.ts"
import { frozen, frozenLightly, frozenThrough, thawed } from "./frozen.ts"

class Price extends Schema.Class<Price>("Price")({ amount: Schema.Int }) {}
class Cart {
  lines: number[] = []
}

const make = () => ({
  list: [{ a: 1 }],
  date: new Date(1),
  map: new Map([["a", { b: [1] }]]),
  set: new Set([{ c: 1 }]),
  price: new Price({ amount: 1 }),
  cart: new Cart(),
  bytes: new Uint8Array([1]),
  none: null,
})

/** Every way to change such a value. */
const CHANGES: readonly (readonly [string, (value: ReturnType<typeof make>) => unknown])[] = [
  ["a field", (value) => value.list = []],
  ["a list", (value) => value.list.push({ a: 2 })],
  ["an item", (value) => value.list[0]!.a = 2],
  ["a date", (value) => value.date.setUTCHours(1)],
  ["a date by its time", (value) => value.date.setTime(1)],
  ["a map", (value) => value.map.set("b", { b: [] })],
  ["a map by deleting", (value) => value.map.delete("a")],
  ["a value of a map", (value) => value.map.get("a")!.b.push(2)],
  ["a set", (value) => value.set.add({ c: 2 })],
  ["a set by clearing", (value) => value.set.clear()],
  ["a value of a set", (value) => [...value.set][0]!.c = 2],
  ["an instance of a schema's class", (value) => (value.price as { amount: number }).amount = 2],
  ["an instance of a class", (value) => value.cart.lines.push(1)],
]

test("nothing of a frozen value can be changed", () => {
  for (const [name, change] of CHANGES) {
    const value = frozen(make())
    assert.throws(() => change(value), TypeError, name)
    assert.deepEqual(thawed(value), make(), name)
  }
})

test("a frozen value is read as before", () => {
  const value = frozen(make())
  assert.equal(value.date.getTime(), 1)
  assert.ok(value.date instanceof Date && value.map instanceof Map && value.set instanceof Set)
  assert.equal(JSON.stringify(value.date), '"1970-01-01T00:00:00.001Z"')
  assert.deepEqual([...value.map.keys(), value.map.size, value.set.size], ["a", 1, 1])
  assert.deepEqual(new Date(value.date), new Date(1))
  assert.deepEqual(new Map([...value.map, ["b", { b: [2] }]]).size, 2)
})

test("a light freeze leaves dates, maps and sets as they are", () => {
  const value = frozenLightly(make())
  assert.throws(() => value.list.push({ a: 2 }), TypeError)
  assert.deepEqual(value.date, new Date(1))
  value.date.setTime(2)
  value.map.clear()
  assert.equal(value.date.getTime(), 2)
})

test("what somebody else has frozen is looked into, when that is asked for", () => {
  const outer = Object.freeze({ inner: { list: [1] }, map: Object.freeze(new Map([["a", [1]]])) })
  frozen(outer)
  outer.inner.list.push(2)
  frozenThrough(outer)
  assert.throws(() => outer.inner.list.push(3), TypeError)
  assert.throws(() => outer.map.get("a")!.push(3), TypeError)
})

test("values that go in circles, and those of Effect, are taken", () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  assert.ok(Object.isFrozen(frozenThrough(frozen(circle))))
  const decimal = frozen({ of: BigDecimal.make(10n, 1) }).of
  assert.equal(BigDecimal.format(BigDecimal.normalize(decimal)), "1")
  assert.equal(frozen(7), 7)
  assert.equal(frozen(null), null)
})
