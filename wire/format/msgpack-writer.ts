/**
 * Writes plain values as MessagePack, without extensions, so that any language can read it. It
 * writes what `JSON.stringify` would, and also binary values.
 */
import { Buffer } from "node:buffer"
import { isThere } from "../../contracts/plain.ts"

const CHUNK_BYTES = 8_192
/** How much of a chunk must be free to begin a message in it. */
const LEAST_BYTES = 1_024
/** The longest text that is written character by character. */
const SHORT_TEXT = 64
const LONGEST_HEADER = 9
/** The most bytes that UTF-8 needs for one UTF-16 unit. */
const BYTES_PER_UNIT = 3
const REPLACEMENT = 0xfffd
const TWO_32 = 2 ** 32

/** The tags for the sizes of one type: within the tag itself, or in one, two or four bytes. */
interface Tags {
  /** The tag to which a small size is added, and the first size that is too large for that. */
  readonly fixed: number
  readonly fixedBelow: number
  readonly one: number | undefined
  readonly two: number
  readonly four: number
}

const TEXT: Tags = { fixed: 0xa0, fixedBelow: 32, one: 0xd9, two: 0xda, four: 0xdb }
const ARRAY: Tags = { fixed: 0x90, fixedBelow: 16, one: undefined, two: 0xdc, four: 0xdd }
const MAP: Tags = { fixed: 0x80, fixedBelow: 16, one: undefined, two: 0xde, four: 0xdf }
const BYTES: Tags = { fixed: 0, fixedBelow: 0, one: 0xc4, two: 0xc5, four: 0xc6 }

class Writer {
  #target = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #view = new DataView(this.#target.buffer)
  /** Where the message begins, and where its next byte goes. */
  #start = 0
  #at = 0
  #levels = 0

  write(value: unknown, levels: number): Uint8Array {
    if (this.#target.length - this.#at < LEAST_BYTES) this.#renew(CHUNK_BYTES)
    this.#start = this.#at
    this.#levels = levels
    try {
      this.#value(value)
      const written = this.#target.subarray(this.#start, this.#at)
      // Releases the memory of a large message before a small one follows.
      if (this.#target.length > CHUNK_BYTES) this.#renew(CHUNK_BYTES)
      return written
    } catch (error) {
      this.#at = this.#start
      throw error
    }
  }

  #renew(bytes: number): void {
    this.#target = Buffer.allocUnsafeSlow(bytes)
    this.#view = new DataView(this.#target.buffer)
    this.#start = this.#at = 0
  }

  /** Makes room for this many bytes. Written bytes keep their offsets. */
  #room(bytes: number): void {
    if (this.#at + bytes <= this.#target.length) return
    const before = this.#target
    const [start, at] = [this.#start, this.#at]
    this.#renew(Math.max(before.length * 2, this.#at + bytes))
    before.copy(this.#target, start, start, at)
    this.#start = start
    this.#at = at
  }

  #value(value: unknown): void {
    if (typeof value === "string") return this.#text(value)
    if (typeof value === "number") return this.#number(value)
    if (typeof value === "object" && value !== null) return this.#object(value)
    if (typeof value === "bigint") return this.#text(String(value))
    this.#room(1)
    this.#target[this.#at++] = value === true ? 0xc3 : value === false ? 0xc2 : 0xc0
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#array(value)
    if (value instanceof Uint8Array) return this.#bytes(value)
    if (value instanceof Map) return this.#map(Object.fromEntries(value))
    if (value instanceof Set) return this.#array([...value])
    if ("toJSON" in value && typeof value.toJSON === "function") return this.#value(value.toJSON())
    this.#map(value as Record<string, unknown>)
  }

  /** Writes the tag and the size of what follows. */
  #size(tags: Tags, size: number): void {
    this.#room(LONGEST_HEADER)
    const target = this.#target
    if (size < tags.fixedBelow) {
      target[this.#at++] = tags.fixed + size
    } else if (tags.one !== undefined && size < 0x100) {
      target[this.#at++] = tags.one
      target[this.#at++] = size
    } else if (size < 0x10000) {
      target[this.#at++] = tags.two
      target[this.#at++] = size >> 8
      target[this.#at++] = size
    } else {
      target[this.#at++] = tags.four
      this.#view.setUint32(this.#at, size)
      this.#at += 4
    }
  }

  #text(text: string): void {
    if (text.length <= SHORT_TEXT) return this.#short(text)
    const bytes = Buffer.byteLength(text)
    this.#size(TEXT, bytes)
    this.#room(bytes)
    this.#at += this.#target.write(text, this.#at, bytes, "utf8")
  }

  /** Writes a short text character by character, which is faster than a call. */
  #short(text: string): void {
    const { length } = text
    this.#room(length * BYTES_PER_UNIT + LONGEST_HEADER)
    const target = this.#target
    const tag = this.#at
    let header = length < TEXT.fixedBelow ? 1 : 2
    let at = tag + header
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) {
        at = this.#wide(text, index, at)
        break
      }
      target[at++] = code
    }
    const bytes = at - tag - header
    if (header === 1 && bytes >= TEXT.fixedBelow) {
      target.copyWithin(tag + 2, tag + 1, at++)
      header = 2
    }
    target[tag] = header === 1 ? TEXT.fixed + bytes : TEXT.one!
    if (header === 2) target[tag + 1] = bytes
    this.#at = at
  }

  /** Writes the rest of a text from `from` on; returns the offset after it. */
  #wide(text: string, from: number, begin: number): number {
    const target = this.#target
    let at = begin
    for (let index = from; index < text.length; index++) {
      const code = text.codePointAt(index)!
      if (code < 0x80) {
        target[at++] = code
      } else if (code < 0x800) {
        target[at++] = 0xc0 | code >> 6
        target[at++] = 0x80 | code & 0x3f
      } else if (code < 0x10000) {
        // Half of a surrogate pair means nothing and becomes the replacement character.
        const unit = code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code
        target[at++] = 0xe0 | unit >> 12
        target[at++] = 0x80 | unit >> 6 & 0x3f
        target[at++] = 0x80 | unit & 0x3f
      } else {
        target[at++] = 0xf0 | code >> 18
        target[at++] = 0x80 | code >> 12 & 0x3f
        target[at++] = 0x80 | code >> 6 & 0x3f
        target[at++] = 0x80 | code & 0x3f
        index++
      }
    }
    return at
  }

  #number(value: number): void {
    this.#room(LONGEST_HEADER)
    const target = this.#target
    if (value >>> 0 === value) {
      if (value < 0x80) {
        target[this.#at++] = value
      } else if (value < 0x100) {
        target[this.#at++] = 0xcc
        target[this.#at++] = value
      } else if (value < 0x10000) {
        target[this.#at++] = 0xcd
        target[this.#at++] = value >> 8
        target[this.#at++] = value
      } else {
        target[this.#at++] = 0xce
        this.#view.setUint32(this.#at, value)
        this.#at += 4
      }
    } else if (value >> 0 === value) {
      this.#negative(value)
    } else if (Number.isSafeInteger(value)) {
      this.#long(value)
    } else if (Number.isFinite(value)) {
      target[this.#at++] = 0xcb
      this.#view.setFloat64(this.#at, value)
      this.#at += 8
    } else {
      target[this.#at++] = 0xc0
    }
  }

  /**
   * A whole number that needs 64 bits. As a float it would be a float to other libraries, too: some
   * languages then refuse it where they want a whole number.
   */
  #long(value: number): void {
    this.#target[this.#at] = value > 0 ? 0xcf : 0xd3
    this.#view.setInt32(this.#at + 1, Math.floor(value / TWO_32))
    this.#view.setUint32(this.#at + 5, value >>> 0)
    this.#at += 9
  }

  /** A whole number below 0 that 32 bits hold. */
  #negative(value: number): void {
    const target = this.#target
    if (value >= -0x20) {
      target[this.#at++] = value + 0x100
    } else if (value >= -0x80) {
      target[this.#at++] = 0xd0
      target[this.#at++] = value
    } else if (value >= -0x8000) {
      target[this.#at++] = 0xd1
      target[this.#at++] = value >> 8
      target[this.#at++] = value
    } else {
      target[this.#at++] = 0xd2
      this.#view.setInt32(this.#at, value)
      this.#at += 4
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#size(BYTES, bytes.length)
    this.#room(bytes.length)
    this.#target.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #enter(): void {
    if (--this.#levels < 0) throw new RangeError("the value is nested too deeply to be written")
  }

  #array(array: readonly unknown[]): void {
    this.#enter()
    this.#size(ARRAY, array.length)
    for (let index = 0; index < array.length; index++) this.#value(array[index])
    this.#levels++
  }

  #map(map: Record<string, unknown>): void {
    this.#enter()
    const keys = Object.keys(map)
    const at = this.#at
    this.#size(MAP, keys.length)
    let written = 0
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!
      const value = map[key]
      if (!isThere(value)) continue
      if (key === "__proto__") throw new TypeError('a field called "__proto__" cannot be written')
      this.#text(key)
      this.#value(value)
      written++
    }
    if (written < keys.length) this.#correct(at, keys.length, written)
    this.#levels++
  }

  /** Lowers the size of a map that was written before some fields were left out. */
  #correct(at: number, said: number, fields: number): void {
    if (said < MAP.fixedBelow) this.#target[at] = MAP.fixed + fields
    else if (said < 0x10000) this.#view.setUint16(at + 1, fields)
    else this.#view.setUint32(at + 1, fields)
  }
}

const writer = new Writer()

/**
 * The bytes of a plain value. Throws `RangeError` for arrays and maps nested deeper than `levels`,
 * and `TypeError` for a field called `__proto__`, because neither could be read again.
 */
export const writeMsgpack = (value: unknown, levels: number): Uint8Array =>
  writer.write(value, levels)
