/** What an actor remembers of the commands it accepted, so that a repeat gets the first answer. */
import type { StoredCommit } from "../../wire/internal.ts"
import { fingerprint } from "../fingerprint.ts"
import { REMEMBERED } from "../limits.ts"

/** The outcome of an accepted command. */
export interface Remembrance {
  /** The sequence of the commit that holds its events. */
  readonly sequence: number
  /** How many events the actor had after it. */
  readonly version: number
  /** How many events it caused. */
  readonly events: number
}

/** Words of 32 bits that one command takes. */
const WORDS = 8
/** After the four words of the fingerprint. */
const SEQUENCE = 4
/** The upper 16 bits are those of the sequence, the lower 16 the number of events. */
const SEQUENCE_AND_EVENTS = 5
const VERSION = 6
const SECONDS = 7
const FIRST_CAPACITY = 2
/** From here on, a command is found through an index rather than by looking at each. */
const INDEXED_FROM = 64

const sought = new Uint32Array(4)
const NO_INDEX = new Uint32Array(0)

/**
 * The accepted commands of one actor, oldest first: all of the last two minutes, at least the
 * last 128, at most 65,536. They are read back from the commits, so they survive a restart. Each
 * takes 32 bytes, and 16 to 32 more of an index where there are many.
 */
export class Remembered {
  #words = new Uint32Array(FIRST_CAPACITY * WORDS)
  #index = NO_INDEX
  #start = 0
  #end = 0

  /** How many commands are remembered. */
  get size(): number {
    return this.#end - this.#start
  }

  /** The bytes that this takes. */
  get bytes(): number {
    return this.#words.byteLength + this.#index.byteLength
  }

  /** When the oldest command that is remembered was decided, in seconds since 1970. */
  get oldestSeconds(): number {
    return this.#words[this.#start * WORDS + SECONDS] ?? 0
  }

  /** The outcome of a command, if it was accepted within the window. */
  get(commandId: string): Remembrance | undefined {
    if (this.#end === this.#start) return undefined
    fingerprint(commandId, sought)
    const at = this.#index.length > 0 ? this.#indexed() : this.#scanned()
    if (at < 0) return undefined
    const words = this.#words
    const high = words[at + SEQUENCE_AND_EVENTS]!
    return {
      sequence: (high >>> 16) * 2 ** 32 + words[at + SEQUENCE]!,
      version: words[at + VERSION]!,
      events: high & 0xffff,
    }
  }

  /** Adds the commands of a commit, and forgets what has left the window. */
  add({ base, events, sequence }: Pick<StoredCommit, "base" | "events" | "sequence">): void {
    let caused = 0
    for (let index = 0; index < events.length; index++) {
      const { command, time } = events[index]!
      caused++
      if (events[index + 1]?.command === command) continue
      this.#push(command, sequence, base + index + 1, caused, Math.floor(time / 1000))
      caused = 0
    }
    this.#forget()
  }

  /** The most recent commands as bytes, at most this many, to be kept in a snapshot. */
  save(most: number): Uint8Array {
    const from = Math.max(this.#start, this.#end - most) * WORDS
    const words = this.#words.slice(from, this.#end * WORDS)
    return new Uint8Array(words.buffer)
  }

  /** What `save` gave, taken up again by an empty one. Throws `RangeError` for other bytes. */
  restore(saved: Uint8Array): void {
    if (saved.length % (WORDS * 4) !== 0) throw new RangeError("these are no saved commands")
    // Copied, because `saved` may be a part of a larger buffer and begin at any offset.
    this.#words = new Uint32Array(new Uint8Array(saved).buffer)
    this.#start = 0
    this.#end = this.#words.length / WORDS
    if (this.#end >= INDEXED_FROM) this.#makeIndex()
  }

  #push(command: string, sequence: number, version: number, events: number, seconds: number) {
    if (this.#end * WORDS === this.#words.length) this.#grow()
    const at = this.#end * WORDS
    const words = this.#words
    fingerprint(command, sought)
    words[at] = sought[0]!
    words[at + 1] = sought[1]!
    words[at + 2] = sought[2]!
    words[at + 3] = sought[3]!
    words[at + SEQUENCE] = sequence
    words[at + SEQUENCE_AND_EVENTS] = Math.floor(sequence / 2 ** 32) * 2 ** 16 + events
    words[at + VERSION] = version
    words[at + SECONDS] = seconds
    if (this.#index.length > 0) this.#put(this.#end)
    this.#end++
    if (this.#end === INDEXED_FROM && this.#index.length === 0) this.#makeIndex()
  }

  #forget(): void {
    const newest = this.#words[(this.#end - 1) * WORDS + SECONDS] ?? 0
    const horizon = newest - REMEMBERED.windowMs / 1000
    for (; this.size > REMEMBERED.least; this.#start++) {
      if (this.size <= REMEMBERED.most && this.oldestSeconds >= horizon) return
    }
  }

  /** Makes room: moves what is remembered to the front, into more space if half is in use. */
  #grow(): void {
    const kept = this.#words.subarray(this.#start * WORDS, this.#end * WORDS)
    const capacity = Math.max(this.size * 2, FIRST_CAPACITY)
    const grown = new Uint32Array(capacity * WORDS)
    grown.set(kept)
    this.#end -= this.#start
    this.#start = 0
    this.#words = grown
    if (this.#end >= INDEXED_FROM) this.#makeIndex()
  }

  #makeIndex(): void {
    const capacity = this.#words.length / WORDS
    this.#index = new Uint32Array(2 ** Math.ceil(Math.log2(capacity + 1)) * 2)
    for (let slot = this.#start; slot < this.#end; slot++) this.#put(slot)
  }

  #put(slot: number): void {
    const mask = this.#index.length - 1
    let at = this.#words[slot * WORDS]! & mask
    while (this.#index[at] !== 0) at = (at + 1) & mask
    this.#index[at] = slot + 1
  }

  #matches(slot: number): boolean {
    const at = slot * WORDS
    const words = this.#words
    return slot >= this.#start && words[at] === sought[0] && words[at + 1] === sought[1] &&
      words[at + 2] === sought[2] && words[at + 3] === sought[3]
  }

  #scanned(): number {
    for (let slot = this.#end - 1; slot >= this.#start; slot--) {
      if (this.#matches(slot)) return slot * WORDS
    }
    return -1
  }

  #indexed(): number {
    const mask = this.#index.length - 1
    for (let at = sought[0]! & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const slot = this.#index[at]! - 1
      if (this.#matches(slot)) return slot * WORDS
    }
    return -1
  }
}
