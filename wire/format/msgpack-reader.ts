/**
 * Reads MessagePack as `msgpack-writer.ts` writes it: null, booleans, numbers, texts, arrays and
 * maps. Each part is checked before it is built, so the work is proportional to the bytes.
 */
import type { Buffer } from "node:buffer"
import { cutShort, TooManyValues } from "../../contracts/plain.ts"
import { bufferOf, textBetween } from "./utf8.ts"

/** Limits of what may be read. */
export interface ReadLimits {
  /** How deep arrays and maps may nest. */
  readonly levels: number
  /** How many values are allowed, including those in arrays and maps. */
  readonly values: number
  /** Whether we wrote the bytes: then binary values and halves of surrogate pairs are allowed. */
  readonly own: boolean
}

const PROTOTYPE = "__proto__"

const KEYS = 1_024
const LONGEST_KEY = 32
const SHORT = 16
const TWO_32 = 2 ** 32
/** The upper half of 2^53, from which on neighbouring whole numbers cannot be told apart. */
const UNSAFE_HIGH = 2 ** 21

const fromCodes = String.fromCharCode

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const single = new Float32Array(1)
const singleBytes = new Uint8Array(single.buffer)

class Reader {
  #bytes: Uint8Array = new Uint8Array(0)
  #buffer: Buffer | undefined
  #at = 0
  #end = 0
  #values = 0
  #levels = 0
  #limits: ReadLimits = { levels: 0, values: 0, own: false }
  /** Names of fields repeat, so each is decoded to text once. */
  readonly #keys: string[] = new Array(KEYS).fill("")

  read(bytes: Uint8Array, limits: ReadLimits): unknown {
    this.#bytes = bytes
    this.#buffer = undefined
    this.#at = 0
    this.#end = bytes.length
    this.#limits = limits
    this.#values = limits.values - 1
    this.#levels = limits.levels
    const value = this.#value()
    if (this.#at !== this.#end) throw new RangeError("bytes are left over behind its value")
    return value
  }

  #value(): unknown {
    if (this.#at >= this.#end) throw cutShort()
    const token = this.#bytes[this.#at++]!
    if (token < 0x80) return token
    if (token < 0x90) return this.#map(token - 0x80)
    if (token < 0xa0) return this.#array(token - 0x90)
    if (token < 0xc0) return this.#text(token - 0xa0)
    if (token >= 0xe0) return token - 0x100
    return this.#tagged(token)
  }

  #tagged(token: number): unknown {
    switch (token) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#raw(this.#unsigned(1))
      case 0xc5:
        return this.#raw(this.#unsigned(2))
      case 0xc6:
        return this.#raw(this.#unsigned(4))
      case 0xca:
        return this.#finite(this.#float(single, singleBytes, 4))
      case 0xcb:
        return this.#finite(this.#float(double, doubleBytes, 8))
      case 0xcc:
        return this.#unsigned(1)
      case 0xcd:
        return this.#unsigned(2)
      case 0xce:
        return this.#unsigned(4)
      case 0xcf:
        return this.#whole(this.#unsigned(4))
      case 0xd0:
        return this.#unsigned(1) << 24 >> 24
      case 0xd1:
        return this.#unsigned(2) << 16 >> 16
      case 0xd2:
        return this.#unsigned(4) | 0
      case 0xd3:
        return this.#whole(this.#unsigned(4) | 0)
      case 0xd9:
        return this.#text(this.#unsigned(1))
      case 0xda:
        return this.#text(this.#unsigned(2))
      case 0xdb:
        return this.#text(this.#unsigned(4))
      case 0xdc:
        return this.#array(this.#unsigned(2))
      case 0xdd:
        return this.#array(this.#unsigned(4))
      case 0xde:
        return this.#map(this.#unsigned(2))
      case 0xdf:
        return this.#map(this.#unsigned(4))
      default:
        throw new TypeError(
          token === 0xc1
            ? "the byte 0xc1 stands for nothing"
            : "its extensions are not spoken here: send times and the like as text",
        )
    }
  }

  /** Throws unless at least this many bytes follow. */
  #need(bytes: number): void {
    if (bytes > this.#end - this.#at) throw cutShort()
  }

  #unsigned(size: 1 | 2 | 4): number {
    this.#need(size)
    const bytes = this.#bytes
    let value = bytes[this.#at++]!
    if (size === 1) return value
    value = value << 8 | bytes[this.#at++]!
    if (size === 2) return value
    value = value << 8 | bytes[this.#at++]!
    return (value << 8 | bytes[this.#at++]!) >>> 0
  }

  /** A number of 64 bits, whose upper half is given. */
  #whole(high: number): number {
    const low = this.#unsigned(4)
    const value = high * TWO_32 + low
    if (high < UNSAFE_HIGH && high >= -UNSAFE_HIGH) return value
    if (BigInt(value) === BigInt(high) * BigInt(TWO_32) + BigInt(low)) return value
    throw new RangeError("a whole number beyond 2^53 would be rounded: send it as text")
  }

  #float(values: Float32Array | Float64Array, parts: Uint8Array, size: number): number {
    this.#need(size)
    for (let part = size - 1; part >= 0; part--) parts[part] = this.#bytes[this.#at++]!
    return values[0]!
  }

  #finite(value: number): number {
    if (Number.isFinite(value)) return value
    throw new RangeError('a number that is not finite: send it as text, such as "NaN"')
  }

  #raw(length: number): Uint8Array {
    this.#need(length)
    if (!this.#limits.own) throw new TypeError("bytes are not spoken here: send them as base64")
    return this.#bytes.subarray(this.#at, this.#at += length)
  }

  #text(length: number): string {
    const from = this.#at
    const to = from + length
    if (to > this.#end) throw cutShort()
    this.#at = to
    if (length < SHORT) {
      const text = this.#short(from, length)
      if (text !== undefined) return text
    }
    return textBetween(this.#buffer ??= bufferOf(this.#bytes), from, to)
  }

  /** A short text of ASCII; undefined when it has other characters. */
  #short(from: number, length: number): string | undefined {
    const bytes = this.#bytes
    let text = ""
    let at = from
    const end = from + length
    for (; at + 4 <= end; at += 4) {
      const a = bytes[at]!
      const b = bytes[at + 1]!
      const c = bytes[at + 2]!
      const d = bytes[at + 3]!
      if ((a | b | c | d) >= 0x80) return undefined
      text += fromCodes(a, b, c, d)
    }
    for (; at < end; at++) {
      const code = bytes[at]!
      if (code >= 0x80) return undefined
      text += fromCodes(code)
    }
    return text
  }

  #array(length: number): unknown[] {
    this.#enter(length, 1)
    const array: unknown[] = []
    for (let index = 0; index < length; index++) array.push(this.#value())
    this.#levels++
    return array
  }

  #map(length: number): Record<string, unknown> {
    this.#enter(length, 2)
    const map: Record<string, unknown> = {}
    for (let index = 0; index < length; index++) {
      const key = this.#key()
      // A name that every map inherits is defined too, so `checkKey` looks closer.
      if (key === PROTOTYPE || map[key] !== undefined) this.#checkKey(map, key)
      map[key] = this.#value()
    }
    this.#levels++
    return map
  }

  /** Begins an array or a map of `length` entries, each of at least `least` bytes. */
  #enter(length: number, least: number): void {
    if (length * least > this.#end - this.#at) throw cutShort()
    if (--this.#levels < 0) {
      throw new RangeError(`it is nested more than ${this.#limits.levels} levels deep`)
    }
    this.#values -= length
    if (this.#values < 0) {
      throw new TooManyValues(`it holds more than ${this.#limits.values} values`)
    }
  }

  #checkKey(map: object, key: string): void {
    // Assigning this field in a copy of the map would set the copy's prototype.
    if (key === PROTOTYPE) throw new TypeError(`a field called "${PROTOTYPE}" is refused`)
    if (Object.hasOwn(map, key)) {
      throw new TypeError(`the field "${key.slice(0, 64)}" is there twice in one map`)
    }
  }

  #key(): string {
    if (this.#at >= this.#end) throw cutShort()
    const token = this.#bytes[this.#at++]!
    if (token >= 0xa0 && token < 0xc0) return this.#known(token - 0xa0)
    if (token === 0xd9) return this.#known(this.#unsigned(1))
    if (token === 0xda) return this.#text(this.#unsigned(2))
    if (token === 0xdb) return this.#text(this.#unsigned(4))
    throw new TypeError("the names of fields must be texts")
  }

  /** A field name, from the names that were read before if it is among them. */
  #known(length: number): string {
    this.#need(length)
    if (length > LONGEST_KEY || length === 0) return this.#text(length)
    const bytes = this.#bytes
    const from = this.#at
    const hash = length * 31 + bytes[from]! * 7 + bytes[from + length - 1]! * 131 +
      bytes[from + (length >> 1)]! * 17
    const known = this.#keys[hash & KEYS - 1]!
    if (known.length === length) {
      let index = 0
      while (index < length && known.charCodeAt(index) === bytes[from + index]) index++
      if (index === length) {
        this.#at = from + length
        return known
      }
    }
    const key = this.#text(length)
    // Only a text with one byte per character can be compared as above.
    if (key.length === length) this.#keys[hash & KEYS - 1] = key
    return key
  }
}

const reader = new Reader()

/**
 * The value in these bytes. Throws `TooManyValues` for more than the limits allow, and
 * another error that says what is wrong for bytes that are not MessagePack or not supported.
 */
export const readMsgpack = (bytes: Uint8Array, limits: ReadLimits): unknown =>
  reader.read(bytes, limits)
