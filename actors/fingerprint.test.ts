/** Tests of fingerprints: ids of every shape in use stay apart. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { fingerprint } from "./fingerprint.ts"

const PER_SHAPE = 200_000

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0")

/** A UUID made from a counter, with most of its digits alike: harder than a random one. */
const uuid = (number: number) => `${hex(number, 8)}-0000-4000-8000-${hex(number % 7, 12)}`

const shapes: Record<string, (number: number) => string> = {
  counters: (number) => `command-${number}`,
  digits: (number) => String(number),
  uuids: uuid,
  policies: (number) =>
    `orders.checkout/orders:${Math.floor(number / 4)}/${number % 2}/${(number >> 1) % 2}`,
  tails: (number) => `${"x".repeat(200)}${number.toString(36)}`,
}

const wordsOf = (text: string): Uint32Array => {
  const words = new Uint32Array(4)
  fingerprint(text, words)
  return words
}

test("a million ids of five shapes have a million fingerprints, in either half of the bits", () => {
  const halves = [new Set<number>(), new Set<number>()]
  const words = new Uint32Array(4)
  let count = 0
  for (const shape of Object.values(shapes)) {
    for (let number = 0; number < PER_SHAPE; number++) {
      fingerprint(shape(number), words)
      count++
      // 53 bits of each half: as many as a number holds exactly.
      halves[0]?.add(words[0]! * 2 ** 21 + (words[1]! >>> 11))
      halves[1]?.add(words[2]! * 2 ** 21 + (words[3]! >>> 11))
    }
  }
  assert.equal(count, 1_000_000)
  assert.deepEqual(halves.map(({ size }) => size), [count, count])
})

test("each word spreads ids as evenly as chance", () => {
  const buckets = 1 << 12
  for (const [name, shape] of Object.entries(shapes)) {
    const counts = Array.from({ length: 4 }, () => new Uint32Array(buckets))
    for (let number = 0; number < PER_SHAPE; number++) {
      const words = wordsOf(shape(number))
      for (const [at, word] of words.entries()) counts[at]![word & (buckets - 1)]!++
    }
    const expected = PER_SHAPE / buckets
    for (const [word, count] of counts.entries()) {
      const chi = count.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0)
      // 4,095 degrees of freedom, seven standard deviations.
      assert.ok(Math.abs(chi - buckets) < 7 * Math.sqrt(2 * buckets), `${name} ${word}: ${chi}`)
    }
  }
})

test("every character counts, wherever it stands, and so do length and order", () => {
  const seen = new Set<string>()
  const text = "orders.checkout/orders:1234/0/1"
  const variants = [text, "", "\0", "\0\0", "ab", "ba", "a\u0100", "a\0"]
  for (let at = 0; at < text.length; at++) {
    for (const change of ["!", "~", "\0"]) {
      variants.push(text.slice(0, at) + change + text.slice(at + 1))
    }
    variants.push(text.slice(0, at) + text.slice(at + 1))
  }
  // Of two equal characters, taking away either gives the same text.
  const distinct = new Set(variants)
  for (const variant of distinct) seen.add(wordsOf(variant).join())
  assert.equal(seen.size, distinct.size)
})

test("the same text has the same fingerprint", () => {
  assert.deepEqual(wordsOf("command-1"), wordsOf("command-1"))
})
