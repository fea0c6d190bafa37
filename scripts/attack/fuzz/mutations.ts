/** Random bodies: made from a grammar, or honest bodies with random damage. */
import { Buffer } from "node:buffer"
import { encode } from "../../../wire/internal.ts"
import type { Random } from "../../../app/development/chaos/random.ts"
import type { Body } from "./bodies.ts"

/** The largest random body, in bytes. */
const MOST_BYTES = 890_000
const LEVELS = 6
const ENTRIES = 9

const HONEST = {
  receive: { quantity: 1 },
  place: {
    customer: "c",
    address: "1 Main St",
    lines: [{ sku: "tea", quantity: 2, price: 450 }, { sku: "mug", quantity: 1, price: 900 }],
  },
} as const

const NAMES = [
  "customer",
  "address",
  "lines",
  "sku",
  "quantity",
  "price",
  "",
  "0",
  "constructor",
  "a",
]
const TEXTS = [
  "",
  "c",
  "tea",
  "\u0000",
  "\ud83d\ude00",
  "e\u0301",
  "'; --",
  "../..",
  "\u2028",
  "%00",
]
const NUMBERS = [0, -0, 1, -1, 0.5, 1e21, 1e-7, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 255, 256]

/** A random value, with names and kinds that schemas look for. */
const valueOf = (random: Random, levels: number): unknown => {
  const kind = random.between(0, levels > 0 ? 6 : 3)
  const entries = () => Array.from({ length: random.between(0, ENTRIES) })
  if (kind === 0) return random.pick([null, true, false])
  if (kind === 1) return random.pick(NUMBERS)
  if (kind === 2) return random.pick(TEXTS).repeat(random.pick([1, 1, 1, 20, 300]))
  if (kind === 3) return random.between(-300, 70_000)
  if (kind === 4) return entries().map(() => valueOf(random, levels - 1))
  return Object.fromEntries(entries().map(() => [random.pick(NAMES), valueOf(random, levels - 1)]))
}

/** Bytes with one random change. */
const damaged = (random: Random, bytes: Uint8Array): Uint8Array => {
  const at = random.between(0, Math.max(0, bytes.length - 1))
  const to = random.between(at, bytes.length)
  const [before, within, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, to),
    bytes.subarray(to),
  ]
  switch (random.between(0, 5)) {
    case 0:
      return Buffer.concat([before, Uint8Array.of(random.between(0, 255)), bytes.subarray(at + 1)])
    case 1:
      return Buffer.concat([before, Uint8Array.of(random.between(0, 255)), bytes.subarray(at)])
    case 2:
      return Buffer.concat([before, after])
    case 3:
      return before
    case 4:
      return Buffer.concat([before, ...Array(random.pick([2, 20, 2_000])).fill(within), after])
    default:
      return Buffer.concat([after, within, before])
  }
}

/** A random body in this format. `number` is part of its name. */
export const chanceBody = (random: Random, format: "json" | "msgpack", number: number): Body => {
  const of = random.pick(["receive", "place"] as const)
  const isWhole = random.happens(0.3)
  let bytes = encode(format, isWhole ? valueOf(random, LEVELS) : HONEST[of])
  const damages = random.between(isWhole ? 0 : 1, 4)
  for (let count = 0; count < damages; count++) {
    const next = damaged(random, bytes)
    if (next.length <= MOST_BYTES) bytes = next
  }
  return { name: `by chance, number ${number}`, of, bytes }
}
