/** The content of a command, as a hash: it tells two commands under one id apart. */
import { Buffer } from "node:buffer"
import type { ContractCodec, Message } from "../../../contracts/internal.ts"
import { encode, type Envelope } from "../../../wire/internal.ts"
import { fingerprint } from "../../fingerprint.ts"

const fingerprinted = new Uint32Array(4)

/**
 * The user to whom the id of a command belongs; undefined if it belongs to nobody. The same id of
 * somebody else is another content, so nobody is told what another user was answered.
 */
export const scopeOf = ({ claims, principal }: Envelope): string | undefined =>
  claims === undefined ? undefined : principal

/** The fingerprint of a command's type and fields, which is stored with a refusal. */
export const contentOf = (
  codec: ContractCodec,
  command: Message<"command">,
  user?: string,
): string => {
  const { type, data } = codec.plain(command)
  const content = user === undefined ? { type, data } : { type, data, user }
  const bytes = Buffer.from(encode("msgpack", content))
  fingerprint(bytes.toString("latin1"), fingerprinted)
  return [...fingerprinted].map((word) => word.toString(36)).join("-")
}

/** The word that marks each kind of value, so that `"1"` and `1`, or `[]` and `{}`, differ. */
const NULL = 0x6e756c6c
const TRUE = 0x74727565
const FALSE = 0x66616c73
const WHOLE = 0x77686f6c
const NUMBER = 0x6e756d62
const TEXT = 0x74657874
const BYTES = 0x62797465
const LIST = 0x6c697374
const FIELDS = 0x6669656c
const OTHER = 0x6f746865

const FACTOR = 0x01000193
const OTHER_FACTOR = 0x85ebca77

/** The two halves of the current hash. Passing a pair around for each value would cost more. */
const halves = new Int32Array(2)

const begin = (): void => {
  halves[0] = 0x9e3779b9 | 0
  halves[1] = 0x243f6a88
}

const take = (word: number): void => {
  const first = Math.imul(halves[0]! ^ word, FACTOR)
  halves[0] = first
  halves[1] = Math.imul(halves[1]! ^ word, OTHER_FACTOR) ^ (first >>> 15)
}

const finish = (): void => {
  let first = halves[0]!
  first = Math.imul(first ^ (first >>> 16), 0x85ebca6b)
  first ^= first >>> 13
  let second = halves[1]! ^ first
  second = Math.imul(second ^ (second >>> 16), 0xc2b2ae35)
  second ^= second >>> 13
  halves[0] = first ^ second
  halves[1] = second
}

const takeText = (text: string): void => {
  let first = halves[0]!
  let second = halves[1]!
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    first = Math.imul(first ^ code, FACTOR)
    second = Math.imul(second ^ code, OTHER_FACTOR) ^ (first >>> 15)
  }
  halves[0] = first
  halves[1] = second
  take(text.length)
}

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

const takeNumber = (value: number): void => {
  // This also gives 0 and -0 the same hash.
  if ((value | 0) === value) {
    take(WHOLE)
    return take(value)
  }
  double[0] = value
  take(NUMBER)
  take(words[0]!)
  take(words[1]!)
}

/** The hashes of the fields are added up, so that their order does not matter. */
const takeFields = (map: { readonly [name: string]: unknown }): void => {
  const first = halves[0]!
  const second = halves[1]!
  let [sum, otherSum, count] = [0, 0, 0]
  for (const name in map) {
    begin()
    takeText(name)
    takeValue(map[name])
    finish()
    sum = (sum + halves[0]!) | 0
    otherSum = (otherSum + halves[1]!) | 0
    count++
  }
  halves[0] = first
  halves[1] = second
  take(FIELDS ^ count)
  take(sum)
  take(otherSum)
}

const takeObject = (value: object): void => {
  if (Array.isArray(value)) {
    take(LIST)
    take(value.length)
    for (let index = 0; index < value.length; index++) takeValue(value[index])
  } else if (value instanceof Uint8Array) {
    take(BYTES)
    take(value.length)
    for (let index = 0; index < value.length; index++) take(value[index]!)
  } else if (value instanceof Date) {
    take(OTHER)
    takeNumber(value.getTime())
  } else takeFields(value as { readonly [name: string]: unknown })
}

const takeValue = (value: unknown): void => {
  switch (typeof value) {
    case "string":
      take(TEXT)
      return takeText(value)
    case "number":
      return takeNumber(value)
    case "boolean":
      return take(value ? TRUE : FALSE)
    case "object":
      return value === null ? take(NULL) : takeObject(value)
    case "undefined":
      return take(NULL)
    default:
      take(OTHER)
      return takeText(String(value))
  }
}

/**
 * A number from 1 to 2⁵³ - 1 that stands for a command's type and plain fields, and for the user to
 * whom its id belongs. It does not depend
 * on the order or the format of the fields. Two different contents have the same number with a
 * probability of about 10⁻¹⁶. It is stored with events, so its computation must never change.
 */
export const contentHash = (type: string, plain: object, user?: string): number => {
  begin()
  if (user !== undefined) takeText(user)
  takeText(type)
  takeObject(plain)
  finish()
  return (halves[0]! >>> 0) * 2 ** 21 + (halves[1]! >>> 11) || 1
}
