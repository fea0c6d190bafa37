/** The idempotency window: accepted commands are remembered, so a repeat gets the first answer. */
import { isPolicyCommandId, type StoredCommit, type StoredEvent } from "../../../wire/internal.ts"
import { REMEMBERED } from "../../limits.ts"
import { type HashKey, keyedHash, newHashKey } from "./keyed-hash.ts"

/** The outcome of an accepted command. */
export interface Remembrance {
  /** The sequence of the commit that holds its events. */
  readonly sequence: number
  /** How many events the actor had after the command. */
  readonly version: number
  /** How many events the command caused. */
  readonly events: number
}

/** The outcome of an accepted command, and the hash of its content. */
export interface RememberedCommand extends Remembrance {
  /** The hash of its content; 0 if an earlier version of the code stored it without the hash. */
  readonly content: number
}

/** Words of 32 bits that one command takes. */
const WORDS = 8
/** Bytes that one command takes. */
export const COMMAND_BYTES = WORDS * 4
/** The two words after the hash of the id: the content's upper 32 bits, and its lower 21. */
const CONTENT = 2
const CONTENT_LOW = 3
const LOW_BITS = 2 ** 21
const SEQUENCE = 4
/** The upper 16 bits are those of the sequence, the lower 16 the number of events. */
const SEQUENCE_AND_EVENTS = 5
const VERSION = 6
const SECONDS = 7
const FIRST_CAPACITY = 2
/** The content of imported events: the command of the other system, which no command here is. */
const UNKNOWN = 1
/** From this many commands on, an index finds a command; fewer are scanned. */
const INDEXED_FROM = 64

/**
 * The text under which a command is remembered. The id of a command on behalf of somebody is theirs
 * alone, so nobody can use up the ids of others. Policies' ids belong to the system. No id and no
 * principal has a line break.
 */
export const rememberedAs = (id: string, principal: string | undefined): string =>
  principal === undefined || isPolicyCommandId(id) ? id : `${id}\n${principal}`

/**
 * Whether the command of an event, the first of its command, was carried out in another system. An
 * event that was moved from the log of another name has the content of its command: it is ours.
 */
export const isForeign = (event: StoredEvent | undefined): boolean =>
  event?.imported === true && event.content === undefined

/** Whether both events are of one command. */
export const isSameCommand = (
  { command, principal }: StoredEvent,
  other: StoredEvent | undefined,
): boolean => other?.command === command && other.principal === principal

const sought = new Uint32Array(2)
const NO_INDEX = new Uint32Array(0)

/** The hash key of this process: random, so that nobody can choose ids that collide. */
const OWN_KEY = newHashKey()

/** Remembered commands, as a snapshot keeps them. */
export interface SavedCommands {
  /** The key that the ids are hashed with. */
  readonly key: HashKey
  readonly words: Uint8Array
  /** Whether some are remembered together with their principal. */
  readonly isOwned?: boolean
}

/**
 * The accepted commands of one actor, oldest first: all of the window, which is a day by default,
 * at least the last 128, at most 65,536. They are read back from the commits, so they survive a
 * restart. Each takes 32 bytes, and 16 to 32 more when there are enough for an index.
 */
export class Remembered {
  #key = OWN_KEY
  #words = new Uint32Array(FIRST_CAPACITY * WORDS)
  #index = NO_INDEX
  #start = 0
  #end = 0
  #isOwned = false
  /** How many ids were forgotten within the window, because there are too many. */
  forgottenEarly = 0
  readonly #windowS: number

  constructor(windowMs: number = REMEMBERED.windowMs) {
    this.#windowS = windowMs / 1_000
  }

  /** How many commands are remembered. */
  get size(): number {
    return this.#end - this.#start
  }

  /** The bytes that the remembered commands and their index take. */
  get bytes(): number {
    return this.#words.byteLength + this.#index.byteLength
  }

  /** For how long commands are remembered now, in seconds: the whole window if they all fit. */
  get keptSeconds(): number {
    const newest = this.#words[(this.#end - 1) * WORDS + SECONDS] ?? 0
    return Math.min(this.#windowS, newest - this.oldestSeconds)
  }

  /** When the oldest remembered command was decided, in seconds since 1970. */
  get oldestSeconds(): number {
    return this.#words[this.#start * WORDS + SECONDS] ?? 0
  }

  /** The outcome of a command, by its `rememberedAs`, if it was accepted within the window. */
  get(commandId: string): RememberedCommand | undefined {
    if (this.#end === this.#start) return undefined
    keyedHash(commandId, this.#key, sought)
    const at = this.#index.length > 0 ? this.#indexed() : this.#scanned()
    if (at < 0) return undefined
    const words = this.#words
    const high = words[at + SEQUENCE_AND_EVENTS]!
    return {
      sequence: (high >>> 16) * 2 ** 32 + words[at + SEQUENCE]!,
      version: words[at + VERSION]!,
      events: high & 0xffff,
      content: words[at + CONTENT]! * LOW_BITS + words[at + CONTENT_LOW]!,
    }
  }

  /** Adds the commands of a commit, and forgets those that have left the window. */
  add({ base, events, sequence }: Pick<StoredCommit, "base" | "events" | "sequence">): void {
    let first = 0
    for (let index = 0; index < events.length; index++) {
      const event = events[index]!
      if (isSameCommand(event, events[index + 1])) continue
      const { command, principal, time, imported } = event
      // An imported event has the id of another system's policy. Positions of events, from which
      // policies here make their ids, are other ones there.
      if (isForeign(events[first]) && isPolicyCommandId(command)) {
        first = index + 1
        continue
      }
      const { content = imported ? UNKNOWN : 0 } = events[first]!
      const [version, caused] = [base + index + 1, index + 1 - first]
      const text = rememberedAs(command, principal)
      if (text !== command) this.#isOwned = true
      this.#push(text, content, sequence, version, caused, Math.floor(time / 1000))
      first = index + 1
    }
    this.#forget()
  }

  /** The most recent commands for a snapshot, at most `most`. */
  save(most: number): SavedCommands {
    const from = Math.max(this.#start, this.#end - most) * WORDS
    const words = this.#words.slice(from, this.#end * WORDS)
    return { key: this.#key, words: new Uint8Array(words.buffer), isOwned: this.#isOwned }
  }

  /** Restores what `save` gave, into an empty window. Throws `RangeError` for anything else. */
  restore({ key, words, isOwned = false }: SavedCommands): void {
    const whole = words.length % COMMAND_BYTES === 0 && key.length === 2 &&
      key.every((word) => Number.isInteger(word))
    if (!whole) throw new RangeError("these are not saved commands")
    this.#key = key
    this.#isOwned = isOwned
    // The bytes are copied, because they can be a part of a larger buffer, at any offset.
    this.#words = new Uint32Array(new Uint8Array(words).buffer)
    this.#start = 0
    this.#end = this.#words.length / WORDS
    if (this.#end >= INDEXED_FROM) this.#makeIndex()
  }

  #push(
    command: string,
    content: number,
    sequence: number,
    version: number,
    events: number,
    seconds: number,
  ): void {
    if (this.#end * WORDS === this.#words.length) this.#grow()
    const at = this.#end * WORDS
    const words = this.#words
    keyedHash(command, this.#key, sought)
    words[at] = sought[0]!
    words[at + 1] = sought[1]!
    words[at + CONTENT] = Math.floor(content / LOW_BITS)
    words[at + CONTENT_LOW] = content % LOW_BITS
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
    const horizon = newest - this.#windowS
    for (; this.size > REMEMBERED.least; this.#start++) {
      if (this.oldestSeconds < horizon) continue
      if (this.size <= REMEMBERED.most) return
      this.forgottenEarly++
    }
  }

  /** Makes room: moves the commands to the front of an array of twice their number. */
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
    return slot >= this.#start && words[at] === sought[0] && words[at + 1] === sought[1]
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
