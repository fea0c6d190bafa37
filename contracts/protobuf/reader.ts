/**
 * Reads Protobuf as a descriptor says. Each part is checked before it is built, so the work is
 * proportional to the bytes.
 */
import { Buffer, isUtf8 } from "node:buffer"
import type { Descriptor, Field } from "./descriptor.ts"
import { UNKNOWN_FIELDS } from "./writer.ts"

/** Limits of what may be read. */
export interface ProtobufLimits {
  /** How deep messages may nest. */
  readonly levels: number
  /** How many values are allowed, including those in lists and maps. */
  readonly values: number
  /** Whether we wrote the bytes: then fields of newer versions are kept, not refused. */
  readonly own: boolean
  /** The version of the event: it says which lists are empty and which are unknown. */
  readonly version?: number
}

/** The bytes hold more values than the limits allow. */
export class TooManyValues extends Error {}

type Plain = Record<string | symbol, unknown>

const REPLACED = "\ufffd"
const TWO_32 = 2 ** 32
const TWO_31 = 2 ** 31
const LAST_SECOND = 8_640_000_000_000
const NANOS = 1_000_000_000
const NANOS_A_MS = 1_000_000
const TAG_BYTES = 5
const LONGEST_VARINT = 10
const NOT_A_NUMBER: ReadonlySet<number> = new Set([Infinity, -Infinity])

/** What is said of bytes that end too early. */
export const cutShort = (): RangeError => new RangeError("it ends in the middle of a value")

/** A value's wire type in words. */
const WORDS = ["a varint", "64 bits", "a length", "a group", "a group", "32 bits"]

/** The value of a map's entry that names none. */
const absent = ({ kind, message }: Field): unknown => {
  switch (kind) {
    case "string":
    case "bytes":
      return ""
    case "bool":
      return false
    case "int64":
    case "double":
      return 0
    case "null":
      return null
    case "timestamp":
      return new Date(0).toISOString()
    case "raw":
      return new Uint8Array(0)
    case "message":
      if (message!.form === "fields") return filled({}, message!, Infinity)
      throw new RangeError(`an entry holds no ${message!.name}`)
  }
}

/** Adds what is there even if nothing was written: empty lists and maps, and null. */
const filled = (value: Plain, { filled }: Descriptor, version: number): Plain => {
  for (const { name, label, from, to } of filled) {
    if (name in value && Object.hasOwn(value, name)) continue
    // `Infinity` is today.
    if (version === Infinity ? to !== Infinity : version < from || version > to) continue
    value[name] = label === "repeated" ? [] : label === "map" ? {} : null
  }
  return value
}

class Reader {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #values = 0
  #levels = 0
  #limits: ProtobufLimits = { levels: 0, values: 0, own: false }
  #version = Infinity
  /** The upper half of the varint that was read last. */
  #high = 0

  read(descriptor: Descriptor, bytes: Uint8Array, limits: ProtobufLimits): unknown {
    this.#bytes = bytes instanceof Buffer
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    this.#limits = limits
    this.#values = limits.values
    this.#levels = limits.levels
    this.#version = limits.version ?? Infinity
    return this.#message(descriptor, bytes.length)
  }

  #message(descriptor: Descriptor, end: number): unknown {
    if (--this.#levels < 0) {
      throw new RangeError(`it is nested more than ${this.#limits.levels} levels deep`)
    }
    const value = descriptor.form === "oneof"
      ? this.#oneof(descriptor, end)
      : this.#fields(descriptor, end)
    this.#levels++
    if (descriptor.form !== "box") return value
    const { value: boxed = null } = value as Plain
    return boxed
  }

  #fields(descriptor: Descriptor, end: number): Plain {
    const value: Plain = {}
    let unknown: Uint8Array[] | undefined
    while (this.#at < end) {
      const from = this.#at
      const tag = this.#tag(end)
      const field = descriptor.byNumber.get(tag >>> 3)
      if (field) this.#field(value, field, tag & 7, end)
      else (unknown ??= []).push(this.#unknown(descriptor, tag, from, end))
    }
    if (unknown) value[UNKNOWN_FIELDS] = new Uint8Array(Buffer.concat(unknown))
    return filled(value, descriptor, descriptor.form === "box" ? Infinity : this.#version)
  }

  #oneof({ name, byNumber, tag: discriminator }: Descriptor, end: number): unknown {
    if (this.#at >= end) throw new RangeError(`${name} holds none of its alternatives`)
    const tag = this.#tag(end)
    const field = byNumber.get(tag >>> 3)
    if (!field) throw new RangeError(`${name} has no alternative with the number ${tag >>> 3}`)
    const value = this.#single(field, tag & 7, end)
    if (this.#at < end) throw new RangeError(`${name} holds more than one alternative`)
    if (discriminator === undefined) return value
    return { [discriminator]: field.name, ...value as Plain }
  }

  #field(value: Plain, field: Field, wireType: number, end: number): void {
    const { name, label } = field
    const known = Object.hasOwn(value, name) ? value[name] : undefined
    if (label === "optional" || label === "nullable") {
      if (known !== undefined) throw new TypeError(`the field "${name}" is there twice`)
      value[name] = this.#single(field, wireType, end)
    } else if (label === "repeated") {
      const list = (known ?? (value[name] = [])) as unknown[]
      if (wireType === 2 && field.wireType !== 2) this.#packed(list, field, end)
      else list.push(this.#single(field, wireType, end))
    } else {
      const map = (known ?? (value[name] = {})) as Plain
      this.#entry(map, field, wireType, end)
    }
  }

  #packed(list: unknown[], field: Field, end: number): void {
    const to = this.#part(end)
    while (this.#at < to) list.push(this.#value(field, to))
  }

  #entry(map: Plain, field: Field, wireType: number, end: number): void {
    this.#expect(field, wireType, 2)
    const to = this.#part(end)
    let key = ""
    let value: unknown
    let seen = 0
    while (this.#at < to) {
      const tag = this.#tag(to)
      const number = tag >>> 3
      if ((number !== 1 && number !== 2) || (seen & number) !== 0) {
        throw new TypeError(`an entry of "${field.name}" is more than a key and a value`)
      }
      seen |= number
      if (number === 1) {
        this.#expect(field, tag & 7, 2)
        key = this.#text(to)
      } else value = this.#single(field, tag & 7, to)
    }
    // Assigning this field in a copy of the map would set the copy's prototype.
    if (key === "__proto__") throw new TypeError('a key called "__proto__" is refused')
    if (Object.hasOwn(map, key)) {
      throw new TypeError(`the key "${key.slice(0, 64)}" is there twice in "${field.name}"`)
    }
    map[key] = (seen & 2) === 0 ? absent(field) : value
  }

  #single(field: Field, wireType: number, end: number): unknown {
    this.#expect(field, wireType, field.wireType)
    return this.#value(field, end)
  }

  #expect({ name }: Field, given: number, expected: number): void {
    if (given === expected) return
    throw new TypeError(`the field "${name}" is ${WORDS[given]}, not ${WORDS[expected]}`)
  }

  #value(field: Field, end: number): unknown {
    if (--this.#values < 0) {
      throw new TooManyValues(`it holds more than ${this.#limits.values} values`)
    }
    switch (field.kind) {
      case "string":
        return this.#text(end)
      case "int64":
        return this.#int64(end)
      case "bool": {
        const value = this.#varint(end, LONGEST_VARINT)
        if (value > 1 || this.#high !== 0) throw new TypeError(`"${field.name}" is not 0 or 1`)
        return value === 1
      }
      case "double":
        return this.#double(end)
      case "null":
        if (this.#varint(end, LONGEST_VARINT) !== 0 || this.#high !== 0) {
          throw new TypeError("a null is 0")
        }
        return null
      case "bytes": {
        const to = this.#part(end)
        const text = this.#bytes.toString("base64", this.#at, to)
        this.#at = to
        return text
      }
      case "raw": {
        const to = this.#part(end)
        const bytes = this.#bytes.subarray(this.#at, to)
        this.#at = to
        return bytes
      }
      case "timestamp":
        return this.#timestamp(end)
      case "message":
        return this.#message(field.message!, this.#part(end))
    }
  }

  /** The tag of a field. Throws for what no field has. */
  #tag(end: number): number {
    const tag = this.#varint(end, TAG_BYTES)
    const wireType = tag & 7
    if (this.#high !== 0 || tag < 8) throw new TypeError("a field has a number that cannot be")
    if (wireType === 3 || wireType === 4) throw new TypeError("groups are not spoken here")
    if (wireType > 5) throw new TypeError(`the wire type ${wireType} stands for nothing`)
    return tag
  }

  /** The lower half of a varint; `#high` has the upper one. */
  #varint(end: number, longest: number): number {
    const bytes = this.#bytes
    let low = 0
    let high = 0
    for (let index = 0; index < longest; index++) {
      if (this.#at >= end) throw cutShort()
      const byte = bytes[this.#at++]!
      const bits = byte & 0x7f
      if (index < 4) low |= bits << index * 7
      else if (index === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (index - 5) * 7 + 3
      if (byte < 0x80) {
        if (byte === 0 && index > 0) throw new RangeError("a varint is longer than it must be")
        if (index === 9 && byte > 1) throw new RangeError("a varint has more than 64 bits")
        this.#high = high >>> 0
        return low >>> 0
      }
    }
    throw new RangeError(`a varint has more than ${longest} bytes`)
  }

  #int64(end: number): number {
    const low = this.#varint(end, LONGEST_VARINT)
    const high = this.#high >= TWO_31 ? this.#high - TWO_32 : this.#high
    const value = high * TWO_32 + low
    if (Number.isSafeInteger(value)) return value
    throw new RangeError("a whole number beyond 2^53 would be rounded: send it as text")
  }

  #double(end: number): number | string {
    if (end - this.#at < 8) throw cutShort()
    const value = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return Number.isNaN(value) || NOT_A_NUMBER.has(value) ? String(value) : value
  }

  /** The end of a part whose length comes first. */
  #part(end: number): number {
    const length = this.#varint(end, TAG_BYTES)
    if (this.#high !== 0 || length > end - this.#at) throw cutShort()
    return this.#at + length
  }

  #text(end: number): string {
    const to = this.#part(end)
    const from = this.#at
    this.#at = to
    const text = this.#bytes.toString("utf8", from, to)
    if (!text.includes(REPLACED) || isUtf8(this.#bytes.subarray(from, to))) return text
    throw new TypeError("a text is not UTF-8")
  }

  #timestamp(end: number): string {
    const to = this.#part(end)
    let seconds = 0
    let nanos = 0
    let seen = 0
    while (this.#at < to) {
      const tag = this.#tag(to)
      const bit = tag === 8 ? 1 : tag === 16 ? 2 : 0
      if (bit === 0 || (seen & bit) !== 0) throw new TypeError("a time has seconds and nanos only")
      seen |= bit
      if (bit === 1) seconds = this.#int64(to)
      else nanos = this.#int64(to)
    }
    if (Math.abs(seconds) > LAST_SECOND || nanos < 0 || nanos >= NANOS) {
      throw new RangeError("a time is out of range")
    }
    const ms = seconds * 1_000 + Math.floor(nanos / NANOS_A_MS)
    if (ms > LAST_SECOND * 1_000) throw new RangeError("a time is out of range")
    return new Date(ms).toISOString()
  }

  /** A field that a newer version wrote, as bytes. Throws for one of somebody else. */
  #unknown({ name }: Descriptor, tag: number, from: number, end: number): Uint8Array {
    if (!this.#limits.own) {
      throw new TypeError(`${name} has no field with the number ${tag >>> 3}`)
    }
    const wireType = tag & 7
    if (wireType === 0) this.#varint(end, LONGEST_VARINT)
    else {
      const to = wireType === 2 ? this.#part(end) : this.#at + (wireType === 1 ? 8 : 4)
      if (to > end) throw cutShort()
      this.#at = to
    }
    return this.#bytes.subarray(from, this.#at)
  }
}

const reader = new Reader()

/**
 * The plain value in these bytes. Throws `TooManyValues` for more values than the limits allow, and
 * another error that says what is wrong for bytes that are not this message.
 */
export const readProtobuf = (
  descriptor: Descriptor,
  bytes: Uint8Array,
  limits: ProtobufLimits,
): unknown => reader.read(descriptor, bytes, limits)
