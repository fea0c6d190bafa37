/**
 * Reads JSON with only one possible meaning: no repeated field, no half of a surrogate pair, no
 * number that would change. The depth and the number of values are checked before parsing.
 */
import type { ReadLimits } from "./msgpack-reader.ts"
import { TooManyValues } from "../../contracts/plain.ts"
import { bufferOf, textBetween } from "./utf8.ts"

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const COLON = 0x3a
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const LETTER_E = 0x65
const UPPER_E = 0x45
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_MAP = 0x7b
const CLOSE_MAP = 0x7d
const LETTER_A = 0x61
const LETTER_Z = 0x7a

/** The longest whole number that keeps every digit. */
const SAFE_DIGITS = 15
/** The longest number that is accepted, in characters. */
const NUMBER_CHARACTERS = 100

/** A scan of the bytes before parsing. It does not check the grammar. */
class Scan {
  readonly #bytes: Uint8Array
  #at = 0
  /** How many fields all maps have together. */
  fields = 0
  /** Whether a text may hold half of a surrogate pair, which must be refused: it has an escape. */
  escaped = false
  readonly #own: boolean

  constructor(bytes: Uint8Array, { levels, values: most, own }: ReadLimits) {
    this.#bytes = bytes
    this.#own = own
    let [level, values] = [0, 0]
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at++]!
      if (byte === QUOTE) {
        values++
        this.#passText()
      } else if (byte === COLON) {
        this.fields++
      } else if (byte === OPEN_MAP || byte === OPEN_LIST) {
        values++
        if (++level > levels) throw new RangeError(`it is nested more than ${levels} levels deep`)
      } else if (byte === CLOSE_MAP || byte === CLOSE_LIST) {
        level--
      } else if (byte === MINUS || byte >= ZERO && byte <= NINE) {
        values++
        this.#passNumber()
      } else if (byte >= LETTER_A && byte <= LETTER_Z) {
        values++
        this.#passWord()
      }
    }
    // The names of fields were counted as values too.
    if (values - this.fields > most) throw new TooManyValues(`it holds more than ${most} values`)
  }

  #passText(): void {
    const bytes = this.#bytes
    let at = this.#at
    for (; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === BACKSLASH && bytes[++at] === LETTER_U) this.escaped = !this.#own
    }
    this.#at = at + 1
  }

  #passWord(): void {
    const bytes = this.#bytes
    while (bytes[this.#at]! >= LETTER_A && bytes[this.#at]! <= LETTER_Z) this.#at++
  }

  #passNumber(): void {
    const bytes = this.#bytes
    const from = this.#at - 1
    let [at, whole, exponent] = [this.#at, true, false]
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte >= ZERO && byte <= NINE) continue
      if (byte === LETTER_E || byte === UPPER_E) exponent = true
      else if (byte !== POINT && byte !== PLUS && byte !== MINUS) break
      whole = false
    }
    this.#at = at
    const length = at - from
    if (length > NUMBER_CHARACTERS) {
      throw new RangeError(`a number has more than ${NUMBER_CHARACTERS} characters`)
    }
    if (exponent || whole && length > SAFE_DIGITS) {
      checkNumber(textBetween(bufferOf(bytes), from, at), whole)
    }
  }
}

/** Refuses a number that parsing would change. The parser refuses what is not a number. */
const checkNumber = (text: string, whole: boolean): void => {
  const value = Number(text)
  if (Number.isNaN(value)) return
  if (!Number.isFinite(value)) throw new RangeError(`the number ${text} is too large`)
  if (!whole || Number.isSafeInteger(value) || String(value) === text) return
  if (BigInt(text) === BigInt(value)) return
  throw new RangeError(`the whole number ${text} would be rounded to ${value}: send it as text`)
}

/** Counts the fields in a parsed value. Refuses texts and names that would do harm elsewhere. */
const fieldsOf = (value: unknown, escaped: boolean): number => {
  if (typeof value === "string") {
    if (escaped) checkText(value)
    return 0
  }
  if (typeof value !== "object" || value === null) return 0
  let fields = 0
  if (Array.isArray(value)) {
    for (const item of value) fields += fieldsOf(item, escaped)
    return fields
  }
  const map = value as Record<string, unknown>
  for (const key of Object.keys(map)) {
    // Assigning this field in a copy of the map would set the copy's prototype.
    if (key === "__proto__") throw new TypeError('a field called "__proto__" is refused')
    if (escaped) checkText(key)
    fields += 1 + fieldsOf(map[key], escaped)
  }
  return fields
}

const checkText = (text: string): void => {
  if (text.isWellFormed()) return
  throw new TypeError("a text holds half of a surrogate pair, which no UTF-8 can say")
}

/**
 * The value in these bytes. Throws `TooManyValues` for more than the limits allow, and
 * another error that says what is wrong for bytes that are not JSON or are refused.
 */
export const readJson = (bytes: Uint8Array, limits: ReadLimits): unknown => {
  const { fields, escaped } = new Scan(bytes, limits)
  const value: unknown = JSON.parse(textBetween(bufferOf(bytes), 0, bytes.length))
  if (fields === 0 && !escaped) return value
  if (fieldsOf(value, escaped) !== fields) {
    throw new TypeError("a field is there twice in one map")
  }
  return value
}
