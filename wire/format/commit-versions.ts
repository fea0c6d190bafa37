/** The versions of the events in a commit, found without reading anything else of it. */

const EVENTS = textBytes("events")
const TYPE = textBytes("type")
const SCHEMA = textBytes("schema")

function textBytes(text: string): Uint8Array {
  return Uint8Array.from([0xa0 + text.length, ...new TextEncoder().encode(text)])
}

/** What bytes are if they are not those of a commit in MessagePack. */
const NONE = -1

/** For the tokens from 0xc0 on: how many bytes the length behind the token has. */
const lengthBytes = (token: number): number =>
  token === 0xc4 || token === 0xd9
    ? 1
    : token === 0xc5 || token >= 0xda && token !== 0xdb && token !== 0xdd && token !== 0xdf
    ? 2
    : 4

/** How many bytes a number has, with its token; 0 for another token. */
const numberBytes = (token: number): number => {
  if (token === 0xcc || token === 0xd0) return 2
  if (token === 0xcd || token === 0xd1) return 3
  if (token === 0xca || token === 0xce || token === 0xd2) return 5
  return token === 0xcb || token === 0xcf || token === 0xd3 ? 9 : 0
}

/** Tokens that our writer never writes: one that stands for nothing, and extensions. */
const isForeign = (token: number): boolean =>
  token === 0xc1 || token >= 0xc7 && token <= 0xc9 || token >= 0xd4 && token <= 0xd8

/** The type and the version of an event. */
export interface EventVersion {
  readonly type: string
  readonly schema: number
}

class Scanner {
  #bytes: Uint8Array = EVENTS
  #at = 0

  scan(bytes: Uint8Array): readonly EventVersion[] | undefined {
    this.#bytes = bytes
    this.#at = 0
    const found: EventVersion[] = []
    let fields = this.#opened(0x80, 0xde)
    for (; fields > 0 && !this.#isKey(EVENTS); fields--) {
      if (!this.#skip(2)) return undefined
    }
    if (fields <= 0) return undefined
    let events = this.#opened(0x90, 0xdc)
    for (; events > 0; events--) {
      const event = this.#event()
      if (!event) return undefined
      found.push(event)
    }
    return events === 0 ? found : undefined
  }

  #event(): EventVersion | undefined {
    let [type, schema] = ["", 0]
    let fields = this.#opened(0x80, 0xde)
    for (; fields > 0; fields--) {
      if (this.#isKey(TYPE)) type = this.#short()
      else if (this.#isKey(SCHEMA)) schema = this.#small()
      else if (!this.#skip(2)) return undefined
    }
    return fields === 0 && type !== "" && schema > 0 ? { type, schema } : undefined
  }

  /** How many items a map or an array has that begins here; less than 0 if none begins. */
  #opened(few: number, many: number): number {
    const token = this.#bytes[this.#at++]
    if (token === undefined) return NONE
    if (token >= few && token < few + 16) return token - few
    return token === many ? this.#length(2) : NONE
  }

  /** Whether this name stands here; then it is passed. */
  #isKey(name: Uint8Array): boolean {
    const [bytes, at] = [this.#bytes, this.#at]
    for (let index = 0; index < name.length; index++) {
      if (bytes[at + index] !== name[index]) return false
    }
    this.#at = at + name.length
    return true
  }

  /** A text of fewer than 256 ASCII characters; empty for anything else. */
  #short(): string {
    const token = this.#bytes[this.#at++] ?? 0
    const length = token >= 0xa0 && token < 0xc0
      ? token - 0xa0
      : token === 0xd9
      ? this.#length(1)
      : 0
    const end = this.#at + length
    if (end > this.#bytes.length) return ""
    let text = ""
    for (; this.#at < end; this.#at++) {
      const code = this.#bytes[this.#at]!
      if (code >= 0x80) return ""
      text += String.fromCharCode(code)
    }
    return text
  }

  /** A whole number from 0 to 65,535; less than 0 for anything else. */
  #small(): number {
    const token = this.#bytes[this.#at++] ?? 0xc0
    if (token < 0x80) return token
    return token === 0xcc ? this.#length(1) : token === 0xcd ? this.#length(2) : NONE
  }

  #length(size: number): number {
    let value = 0
    for (let left = size; left > 0; left--) value = value * 256 + (this.#bytes[this.#at++] ?? 0)
    return value
  }

  /** Passes this many values; false if they are not all there. */
  #skip(values: number): boolean {
    for (let left = values; left > 0; left--) {
      const token = this.#bytes[this.#at++]
      if (token === undefined || isForeign(token)) return false
      if (token < 0x80 || token >= 0xe0) continue
      if (token < 0x90) left += 2 * (token - 0x80)
      else if (token < 0xa0) left += token - 0x90
      else if (token < 0xc0) this.#at += token - 0xa0
      else if (token > 0xc3) left += this.#tagged(token)
    }
    return this.#at <= this.#bytes.length
  }

  /** Passes what follows this token; returns how many values it holds. */
  #tagged(token: number): number {
    const number = numberBytes(token)
    if (number > 0) {
      this.#at += number - 1
      return 0
    }
    const length = this.#length(lengthBytes(token))
    if (token >= 0xdc) return token >= 0xde ? 2 * length : length
    this.#at += length
    return 0
  }
}

const scanner = new Scanner()

/**
 * The type and the version of each event of a commit in MessagePack; undefined for bytes that are
 * not surely one.
 */
export const scanVersions = (bytes: Uint8Array): readonly EventVersion[] | undefined =>
  scanner.scan(bytes)
