/** Writes plain values as Protobuf, field by field as a descriptor says. */
import { Buffer } from "node:buffer"
import type { Descriptor, Field } from "./descriptor.ts"

/** A plain value that Protobuf cannot carry as it is: what is read would be another value. */
export class NotCarried extends Error {
  override readonly name = "NotCarried"
}

/** The fields of a message that its descriptor does not know, as the bytes that were read. */
export const UNKNOWN_FIELDS: unique symbol = Symbol.for("leftfold/unknown-fields")

const FIRST_BYTES = 1_024
const LONGEST_KEPT = 262_144
const TWO_32 = 2 ** 32
const TWO_7 = 128
const SURROGATE = /\p{Surrogate}/u
const MS = 1_000
const NANOS = 1_000_000

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? String(value)

/** The type of a plain value, as alternatives of unions are called. */
const typeOfPlain = (value: unknown): string =>
  value === null || value === undefined ? "null" : Array.isArray(value) ? "array" : typeof value

const isObject = (value: unknown): value is Record<string | symbol, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether null is written, instead of leaving the field out. */
const hasNull = ({ message }: Field): boolean =>
  message !== undefined &&
  (message.byName.has("null") ||
    message.form === "box" && message.byName.get("value")?.label === "nullable")

/** How a value is written. */
export interface WriteOptions {
  /** How deep messages may nest. */
  readonly levels: number
  /** Whether what is read must be exactly what was written, as for what is stored. */
  readonly exact?: boolean
}

class Writer {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0
  #levels = 0
  #exact = false

  write(descriptor: Descriptor, value: unknown, { levels, exact = false }: WriteOptions) {
    this.#at = 0
    this.#levels = levels
    this.#exact = exact
    this.#message(descriptor, value)
    const written = new Uint8Array(this.#bytes.subarray(0, this.#at))
    if (this.#bytes.length > LONGEST_KEPT) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES)
    return written
  }

  #message(descriptor: Descriptor, value: unknown): void {
    if (--this.#levels < 0) throw new RangeError(`${descriptor.name} is nested too deeply`)
    if (descriptor.form === "oneof") this.#oneof(descriptor, value)
    else if (descriptor.form === "box") {
      this.#field(descriptor.byName.get("value")!, value, descriptor)
    } else this.#fields(descriptor, value)
    this.#levels++
  }

  #fields(descriptor: Descriptor, value: unknown, but?: string): void {
    if (!isObject(value)) throw new NotCarried(`${descriptor.name} must have fields`)
    const { byName } = descriptor
    for (const name of Object.keys(value)) {
      const each = value[name]
      if (each === undefined || name === but) continue
      const field = byName.get(name)
      if (!field) {
        throw new NotCarried(`${descriptor.name} has no Protobuf number for "${name.slice(0, 64)}"`)
      }
      this.#field(field, each, descriptor)
    }
    const unknown = value[UNKNOWN_FIELDS]
    if (unknown instanceof Uint8Array) this.#raw(unknown)
  }

  #oneof(descriptor: Descriptor, value: unknown): void {
    const { tag, byName, name } = descriptor
    const key = tag === undefined ? typeOfPlain(value) : isObject(value) ? value[tag] : undefined
    const field = byName.get(String(key))
    if (!field) throw new NotCarried(`${name} has no alternative for ${shown(value)}`)
    if (tag === undefined) return this.#single(field, value)
    this.#tag(field.number, 2)
    const from = this.#begin()
    if (--this.#levels < 0) throw new RangeError(`${name} is nested too deeply`)
    this.#fields(field.message!, value, tag)
    this.#levels++
    this.#end(from)
  }

  #field(field: Field, value: unknown, { name }: Descriptor): void {
    const { label } = field
    if (label === "optional" || label === "nullable") {
      if (value !== null || hasNull(field)) return this.#single(field, value)
      // Absent stands for null. A field that is never null was undefined, and so was not there.
      if (label === "optional" && this.#exact) {
        throw new NotCarried(`${name}: ${field.name} is undefined instead of absent`)
      }
    } else if (label === "repeated") {
      if (!Array.isArray(value)) throw new NotCarried(`${name}: ${field.name} must be a list`)
      this.#repeated(field, value)
    } else {
      if (!isObject(value)) throw new NotCarried(`${name}: ${field.name} must be a map`)
      for (const key of Object.keys(value)) this.#entry(field, key, value[key])
    }
  }

  #repeated(field: Field, values: readonly unknown[]): void {
    if (field.wireType === 2) {
      for (const each of values) this.#single(field, each)
    } else if (values.length > 0) {
      this.#tag(field.number, 2)
      const from = this.#begin()
      for (const each of values) this.#value(field, each)
      this.#end(from)
    }
  }

  #entry(field: Field, key: string, value: unknown): void {
    this.#tag(field.number, 2)
    const from = this.#begin()
    this.#tag(1, 2)
    this.#text(key)
    this.#tag(2, field.wireType)
    this.#value(field, value)
    this.#end(from)
  }

  #single(field: Field, value: unknown): void {
    this.#tag(field.number, field.wireType)
    this.#value(field, value)
  }

  #value(field: Field, value: unknown): void {
    switch (field.kind) {
      case "string":
        return this.#text(value)
      case "int64":
        return this.#int64(value)
      case "bool":
        if (typeof value !== "boolean") throw new NotCarried(`${shown(value)} is not true or false`)
        return this.#varint(value ? 1 : 0)
      case "double":
        return this.#double(value)
      case "null":
        return this.#varint(0)
      case "bytes":
        return this.#base64(value)
      case "raw":
        this.#varint((value as Uint8Array).length)
        return this.#raw(value as Uint8Array)
      case "timestamp":
        return this.#timestamp(value)
      case "message": {
        const from = this.#begin()
        this.#message(field.message!, value)
        this.#end(from)
      }
    }
  }

  #need(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }

  #tag(number: number, wireType: number): void {
    this.#varint(number * 8 + wireType)
  }

  /** A whole number from 0 to 2^53. */
  #varint(value: number): void {
    this.#need(10)
    const bytes = this.#bytes
    while (value >= TWO_7) {
      bytes[this.#at++] = value % TWO_7 | TWO_7
      value = Math.floor(value / TWO_7)
    }
    bytes[this.#at++] = value
  }

  #int64(value: unknown): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new NotCarried(`${shown(value)} is not a whole number of at most 53 bits`)
    }
    const number = value as number
    if (number >= 0) return this.#varint(number)
    // Two's complement of 64 bits, in ten groups of seven.
    this.#need(10)
    let [low, high] = [(number % TWO_32 + TWO_32) % TWO_32 >>> 0, Math.floor(number / TWO_32) >>> 0]
    for (let group = 0; group < 9; group++) {
      this.#bytes[this.#at++] = low & 0x7f | TWO_7
      low = (low >>> 7 | (high & 0x7f) << 25) >>> 0
      high = high >>> 7
    }
    this.#bytes[this.#at++] = low & 1
  }

  #double(value: unknown): void {
    const number = value === "NaN" || value === "Infinity" || value === "-Infinity"
      ? Number(value)
      : value
    if (typeof number !== "number") throw new NotCarried(`${shown(value)} is not a number`)
    this.#need(8)
    this.#at = this.#bytes.writeDoubleLE(number, this.#at)
  }

  #text(value: unknown): void {
    if (typeof value !== "string") throw new NotCarried(`${shown(value)} is not a text`)
    const bytes = Buffer.byteLength(value)
    if (bytes !== value.length && SURROGATE.test(value)) {
      throw new NotCarried("a text with half a surrogate pair is no UTF-8")
    }
    this.#varint(bytes)
    this.#need(bytes)
    this.#at += this.#bytes.write(value, this.#at, bytes, "utf8")
  }

  #base64(value: unknown): void {
    if (typeof value !== "string") throw new NotCarried(`${shown(value)} is not base64`)
    const bytes = Buffer.from(value, "base64")
    if (bytes.toString("base64") !== value) throw new NotCarried(`${shown(value)} is not base64`)
    this.#varint(bytes.length)
    this.#raw(bytes)
  }

  #timestamp(value: unknown): void {
    const ms = typeof value === "string" ? Date.parse(value) : Number.NaN
    if (Number.isNaN(ms) || new Date(ms).toISOString() !== value) {
      throw new NotCarried(`${shown(value)} is not a time in UTC with milliseconds`)
    }
    const from = this.#begin()
    const seconds = Math.floor(ms / MS)
    this.#tag(1, 0)
    this.#int64(seconds)
    const nanos = (ms - seconds * MS) * NANOS
    if (nanos !== 0) {
      this.#tag(2, 0)
      this.#varint(nanos)
    }
    this.#end(from)
  }

  #raw(bytes: Uint8Array): void {
    this.#need(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Begins a part whose length comes first: one byte is kept for it. */
  #begin(): number {
    this.#need(1)
    return ++this.#at
  }

  #end(from: number): void {
    const length = this.#at - from
    if (length < TWO_7) {
      this.#bytes[from - 1] = length
      return
    }
    let more = 0
    for (let rest = length; rest >= TWO_7; rest = Math.floor(rest / TWO_7)) more++
    this.#need(more)
    this.#bytes.copyWithin(from + more, from, this.#at)
    this.#at = from - 1
    this.#varint(length)
    this.#at += length
  }
}

const writer = new Writer()

/**
 * The bytes of a plain value. Throws `NotCarried` for a value that would be read as another one,
 * and `RangeError` for one that is nested more than `levels` deep.
 */
export const writeProtobuf = (
  descriptor: Descriptor,
  value: unknown,
  options: WriteOptions,
): Uint8Array => writer.write(descriptor, value, options)
