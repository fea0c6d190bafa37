/** Hostile MessagePack: bombs, false lengths, extensions, and illegal values. */
import { Buffer } from "node:buffer"

const text = (value: string) => Buffer.from(value)
/** A buffer of these bytes. */
export const bytes = (...values: number[]) => Buffer.from(values)
const u32 = (value: number) =>
  bytes(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
const join = (...parts: Uint8Array[]) => Buffer.concat(parts)
const str = (value: string) => join(bytes(0xa0 + value.length), text(value))
/** A map with one field, `quantity` by default, that has this value. */
const field = (value: Uint8Array, name = "quantity") => join(bytes(0x81), str(name), value)
const repeated = (part: Uint8Array, count: number) =>
  Buffer.concat(Array<Uint8Array>(count).fill(part))

/** Shared references, each of which doubles the number of values to visit. */
const laughs = (levels: number) => {
  const parts: Uint8Array[] = [bytes(0x81), str("a"), bytes(0xdc, levels >> 8, levels & 255)]
  parts.push(bytes(0xd6, 0x69), u32(1), bytes(0x92, 0xc0, 0xc0))
  for (let level = 2; level <= levels; level++) {
    const before = join(bytes(0xd6, 0x70), u32(level - 1))
    parts.push(bytes(0xd6, 0x69), u32(level), bytes(0x92), before, before)
  }
  return join(...parts)
}

/** Payloads that no honest client sends, each with its name. The worst come first. */
export const payloads: readonly [string, Uint8Array][] = [
  ["a billion laughs", laughs(60)],
  ["a small billion laughs", laughs(20)],
  ["a map that says 4 billion", bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ["an array that says 4 billion", field(bytes(0xdd, 0xff, 0xff, 0xff, 0xff))],
  ["a text that says 4 GB", field(bytes(0xdb, 0xff, 0xff, 0xff, 0xff))],
  ["bytes that say 4 GB", field(bytes(0xc6, 0xff, 0xff, 0xff, 0xff))],
  ["an extension that says 4 GB", field(bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 1))],
  ["an array of 65,535 that is cut off", field(bytes(0xdc, 0xff, 0xff))],
  ["arrays 100,000 deep", field(join(repeated(bytes(0x91), 100_000), bytes(0xc0)))],
  ["maps 100,000 deep", join(repeated(join(bytes(0x81), str("a")), 100_000), bytes(0xc0))],
  ["arrays 300 deep", field(join(repeated(bytes(0x91), 300), bytes(0xc0)))],
  ["800,000 empty maps", field(join(bytes(0xdd), u32(800_000), repeated(bytes(0x80), 800_000)))],
  ["800,000 nothings", field(join(bytes(0xdd), u32(800_000), repeated(bytes(0xc0), 800_000)))],
  [
    "a map of 200,000 equal keys",
    join(bytes(0xdf), u32(200_000), repeated(join(str("a"), bytes(1)), 200_000)),
  ],
  ["a map whose keys are numbers", bytes(0x82, 1, 2, 3, 4)],
  ["a map whose keys are maps", bytes(0x81, 0x80, 1)],
  ["a map whose keys are arrays", bytes(0x81, 0x92, 1, 2, 1)],
  ["a map with nil for a key", bytes(0x81, 0xc0, 1)],
  ["a prototype", join(bytes(0x81), str("__proto__"), bytes(0x80))],
  ["a prototype within", field(join(bytes(0x81), str("__proto__"), bytes(0x80)))],
  ["the field twice", join(bytes(0x82), str("quantity"), bytes(1), str("quantity"), bytes(0xff))],
  ["the byte that is never used", field(bytes(0xc1))],
  ["not a number", field(bytes(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0))],
  ["infinity", field(bytes(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0))],
  ["2^64 - 1", field(bytes(0xcf, 255, 255, 255, 255, 255, 255, 255, 255))],
  ["-2^63", field(bytes(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0))],
  ["a time", field(bytes(0xd6, 0xff, 0, 0, 0, 1))],
  [
    "a time of 12 bytes",
    field(bytes(0xc7, 12, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  ],
  ["text that is not UTF-8", field(bytes(0xa2, 0xc3, 0x28))],
  ["bytes for a number", field(bytes(0xc4, 1, 1))],
  ["something behind the map", join(field(bytes(1)), bytes(1, 2, 3))],
  ["only an array", bytes(0x91, 1)],
  ["only nil", bytes(0xc0)],
  ["cut off after its first byte", bytes(0x81)],
  ...[0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0x65, 0x62, 0x42, 0x40, 0, 1, 127, 128, 200].map((type) =>
    [
      `the extension ${type}`,
      field(join(bytes(0xd6, type), u32(1), bytes(0x93, 0x91, 0xa1, 0x61, 1))),
    ] as [string, Uint8Array]
  ),
  ["a record and its use", bytes(0x92, 0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1, 0x40, 2)],
  ["JSON labelled as nothing", text('{"quantity":"x"}')],
  ["no bytes", bytes()],
]
