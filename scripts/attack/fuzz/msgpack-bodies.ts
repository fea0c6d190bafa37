/** Crafted MessagePack: each tag whole, cut off, nested too deeply, and with a false length. */
import { Buffer } from "node:buffer"
import { encode } from "../../../wire/internal.ts"
import { payloads } from "../nats/hostile-payloads.ts"
import type { Body } from "./bodies.ts"

const bytes = (...values: number[]) => Uint8Array.from(values)
const join = (...parts: readonly Uint8Array[]) => Buffer.concat(parts)
const text = (value: string) => join(bytes(0xd9, value.length), Buffer.from(value))
const u32 = (value: number) =>
  bytes(value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255)
const repeated = (part: Uint8Array, count: number) =>
  Buffer.concat(Array<Uint8Array>(count).fill(part))

const receive = (name: string, value: Uint8Array): Body => ({
  name,
  of: "receive",
  bytes: join(bytes(0x81), text("quantity"), value),
})
const place = (name: string, ordered: Uint8Array): Body => ({
  name,
  of: "place",
  bytes: join(bytes(0x82), text("customer"), text("c"), text("lines"), ordered),
})

/** Every first byte of a value: alone, followed by eight zeros, and followed by eight 0xff. */
const tokens: readonly Body[] = Array.from({ length: 256 }, (_, token) => {
  const shown = `0x${token.toString(16).padStart(2, "0")}`
  return [
    receive(`the tag ${shown}, cut off`, bytes(token)),
    receive(`the tag ${shown} and zeros`, bytes(token, 0, 0, 0, 0, 0, 0, 0, 0)),
    receive(`the tag ${shown} and 0xff`, bytes(token, 255, 255, 255, 255, 255, 255, 255, 255)),
  ]
}).flat()

/** A tag of each family with a length, and the number of bytes that hold the length. */
const sized: readonly (readonly [string, number, number])[] = [
  ["bytes 8", 0xc4, 1],
  ["bytes 16", 0xc5, 2],
  ["bytes 32", 0xc6, 4],
  ["extension 8", 0xc7, 1],
  ["extension 16", 0xc8, 2],
  ["extension 32", 0xc9, 4],
  ["text 8", 0xd9, 1],
  ["text 16", 0xda, 2],
  ["text 32", 0xdb, 4],
  ["array 16", 0xdc, 2],
  ["array 32", 0xdd, 4],
  ["map 16", 0xde, 2],
  ["map 32", 0xdf, 4],
]

const lengthsThatLie: readonly Body[] = sized.flatMap(([name, tag, size]) =>
  [1, 100, 65_535, 1_000_000, 2 ** 31, 2 ** 32 - 1].filter((said) => said < 256 ** size).map((
    said,
  ) =>
    receive(
      `${name} that says ${said} and has 60`,
      join(bytes(tag), u32(said).subarray(4 - size), Buffer.alloc(60, 0x61)),
    )
  )
)

const filled = (count: number) => join(bytes(0xdd), u32(count))

const large: readonly Body[] = [
  ...[100, 256, 257, 1_000, 100_000, 800_000].flatMap((depth) => [
    receive(`arrays ${depth} deep`, join(repeated(bytes(0x91), depth), bytes(0xc0))),
    receive(
      `maps ${depth} deep`,
      join(repeated(bytes(0x81, 0xa1, 0x61), Math.min(depth, 280_000)), bytes(0xc0)),
    ),
    place(`lines ${depth} deep`, join(repeated(bytes(0x91), depth), bytes(0x80))),
  ]),
  ...[256, 257, 19_000, 20_001, 850_000].flatMap((count) => [
    receive(`${count} nothings`, join(filled(count), Buffer.alloc(count, 0xc0))),
    receive(`${count} empty maps`, join(filled(count), Buffer.alloc(count, 0x80))),
    receive(`${count} empty texts`, join(filled(count), Buffer.alloc(count, 0xa0))),
    place(`${count} lines without fields`, join(filled(count), Buffer.alloc(count, 0x80))),
    place(`${count} lines that are numbers`, join(filled(count), Buffer.alloc(count, 0x01))),
  ]),
  ...[1_000, 20_000, 90_000].flatMap((count) => [
    receive(
      `${count} numbers of 64 bits`,
      join(filled(count), repeated(bytes(0xcf, 0, 32, 0, 0, 0, 0, 0, 1), count)),
    ),
    receive(
      `${count} fields`,
      join(
        bytes(0xdf),
        u32(count),
        Buffer.concat(Array.from({ length: count }, (_, n) => join(text(`k${n}`), bytes(1)))),
      ),
    ),
    receive(
      `${count} names whose hashes are alike`,
      join(
        bytes(0xdf),
        u32(count),
        Buffer.concat(Array.from(
          { length: count },
          (_, n) => join(text(`a${String(n % 90_000).padStart(3, "0")}b${n}a`), bytes(1)),
        )),
      ),
    ),
  ]),
  receive("a text of 880,000 letters", join(bytes(0xdb), u32(880_000), Buffer.alloc(880_000, 97))),
  receive(
    "880,000 bytes that are no text",
    join(bytes(0xdb), u32(880_000), Buffer.alloc(880_000, 0x80)),
  ),
  receive("60,000 texts of 8", join(filled(60_000), repeated(text("abcdefgh"), 60_000))),
]

const ORDER = {
  customer: "c\u00e9",
  address: "a",
  lines: [{ sku: "t-1", quantity: 300, price: 70_000 }, { sku: "t-2", quantity: 1, price: 0.5 }],
}

/** One order, cut off after each byte. */
const truncated: readonly Body[] = Array.from(
  encode("msgpack", ORDER),
  (_, length) => ({
    name: `an order cut off after ${length} bytes`,
    of: "place",
    bytes: encode("msgpack", ORDER).subarray(0, length),
  }),
)

/** All crafted bodies of MessagePack. */
export const msgpackBodies: readonly Body[] = [
  ...payloads.map(([name, bytes]): Body => ({ name, of: "receive", bytes })),
  ...large,
  ...lengthsThatLie,
  ...truncated,
  ...tokens,
].filter(({ bytes }) => bytes.length <= 900_000)
