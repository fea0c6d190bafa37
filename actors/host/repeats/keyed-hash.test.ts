/** Tests of keyed hashes: ids of every shape stay apart, and another key gives other hashes. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { type HashKey, keyedHash, newHashKey } from "./keyed-hash.ts"

const PER_SHAPE = 100_000

const shapes: Record<string, (number: number) => string> = {
  counters: (number) => `command-${number}`,
  digits: (number) => String(number),
  policies: (number) => `orders.checkout/orders:${number >> 2}/${number & 1}/${(number >> 1) & 1}`,
  tails: (number) => `${"x".repeat(200)}${number.toString(36)}`,
}

const words = new Uint32Array(2)

const hashOf = (text: string, key: HashKey): number => {
  keyedHash(text, key, words)
  return words[0]! * 2 ** 21 + (words[1]! >>> 11)
}

test("400,000 ids have 400,000 hashes, and each word spreads them evenly", () => {
  const key = newHashKey()
  const seen = new Set<number>()
  const buckets = 1 << 10
  for (const [name, shape] of Object.entries(shapes)) {
    const counts = [new Uint32Array(buckets), new Uint32Array(buckets)]
    for (let number = 0; number < PER_SHAPE; number++) {
      seen.add(hashOf(shape(number), key))
      for (const [at, count] of counts.entries()) count[words[at]! & (buckets - 1)]!++
    }
    const expected = PER_SHAPE / buckets
    for (const [word, count] of counts.entries()) {
      const chi = count.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0)
      // 1,023 degrees of freedom, eight standard deviations.
      assert.ok(Math.abs(chi - buckets) < 8 * Math.sqrt(2 * buckets), `${name} ${word}: ${chi}`)
    }
  }
  assert.equal(seen.size, 4 * PER_SHAPE)
})

test("the same key gives the same hash, and keys that hardly differ give others", () => {
  const keys: HashKey[] = [[0, 0], [1, 0], [0, 1], [2 ** 32 - 1, 2 ** 32 - 1]]
  for (const text of ["", "a", "ab", "abc", "abcd", "abcde", "orders.checkout/orders:1/0/0"]) {
    const hashes = keys.map((key) => hashOf(text, key))
    assert.deepEqual(keys.map((key) => hashOf(text, key)), hashes)
    assert.equal(new Set(hashes).size, keys.length, text)
  }
  assert.notDeepEqual(newHashKey(), newHashKey())
})

test("every character counts, wherever it stands, and so does the length", () => {
  const key = newHashKey()
  const text = "orders.checkout/orders:1234/0/1"
  const variants = new Set([text, "", "\0", "\0\0", "\0\0\0\0", "ab", "ba"])
  for (let at = 0; at < text.length; at++) {
    variants.add(`${text.slice(0, at)}~${text.slice(at + 1)}`)
    variants.add(text.slice(0, at))
  }
  assert.equal(new Set([...variants].map((each) => hashOf(each, key))).size, variants.size)
})
