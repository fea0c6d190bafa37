/** A keyed event: an event of the log and the row that it belongs to. */
import type { UnreadableMessage, Unreadables } from "../store/unreadable.ts"
import type { AnyContract } from "../../contracts/internal.ts"
import {
  type ContractsByName,
  decodeSkips,
  isSkipsSubject,
  parseLogSubject,
  readMessage,
  type RecordedEvent,
  recordedEvents,
  type StoredCommit,
} from "../../wire/internal.ts"
import type { Feed, FeedMessage } from "../log/feed.ts"
import { ERROR_CHARACTERS } from "../limits.ts"
import {
  type ParkedEvent,
  parkedText,
  type Place,
  placeText,
  type Skipped,
} from "../store/parked.ts"
import type { FoldedProjection } from "../projection.ts"
import { storableText } from "../store/storable-text.ts"

/** How the key of an actor begins; used when an event of that actor has no key of its own. */
const ACTOR_KEY = "actor:"

/** The key under which events of an actor that have no key of their own are parked. */
export const actorKeyOf = (name: string, id: string): string => `${ACTOR_KEY}${name}/${id}`

/** An event and the row it belongs to. */
export interface KeyedEvent {
  readonly key: string
  /**
   * The key that it is parked under when its actor is parked; undefined if that is `key` itself.
   */
  readonly actorKey: string | undefined
  readonly source: FeedMessage
  /** Undefined if the event cannot be read. */
  readonly recorded: RecordedEvent | undefined
  /** Further events for this row that the stored event became: all are folded, or nothing is. */
  readonly more?: readonly RecordedEvent[]
  /** Why the event has no key or cannot be read; `key` is then the actor's. */
  readonly failure: string | undefined
  /** The number of the event in its message; -1 for the whole message. */
  readonly index: number
  /** The type of the event; empty if it cannot be read. */
  readonly type: string
}

/** The text of an error, cut to the length that is kept. */
export const reasonOf = (cause: unknown): string =>
  storableText(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    .slice(0, ERROR_CHARACTERS)

/** Where an event stands. */
export const keyedPlace = ({ source, recorded, index }: KeyedEvent): Place => ({
  context: source.context,
  sequence: source.sequence,
  index: recorded?.meta.index ?? index,
})

/** The record of a message that nobody can read. */
export const unreadableMessage = (
  { context, sequence, subject }: FeedMessage,
  cause: unknown,
): UnreadableMessage => ({ context, sequence, subject, reason: reasonOf(cause) })

/** The text that stands for a whole message among the skipped places. */
const messageText = ({ context, sequence }: Pick<Place, "context" | "sequence">): string =>
  placeText({ context, sequence, index: -1 })

/** Whether a message is among what is skipped, as a function. */
export const skipsOf = (skipped: Skipped) => (context: string, sequence: number): boolean =>
  skipped.size > 0 && skipped.has(messageText({ context, sequence }))

/** What a fold skips: discarded events, and messages that are stepped over. */
export const skippedOf = async (
  feed: Pick<Feed, "skips">,
  contexts: readonly string[],
  discarded: Skipped,
): Promise<Set<string>> => {
  const skipped = new Set(discarded)
  for (const context of contexts) {
    for (const skip of (await feed.skips(context)).values()) skipped.add(messageText(skip))
  }
  return skipped
}

/** Adds the messages that records in a batch step over. */
export const learnSkips = async (
  store: Pick<Unreadables, "noteSkipped">,
  messages: readonly FeedMessage[],
  skipped: Set<string>,
): Promise<void> => {
  for (const message of messages) {
    if (!isSkipsSubject(message.subject)) continue
    const skips = decodeSkips(message)
    for (const skip of skips) skipped.add(messageText(skip))
    await store.noteSkipped(skips)
  }
}

/** The keys that must be loaded to fold events: those of their rows and of their actors. */
export const keysOf = (events: readonly KeyedEvent[]): ReadonlySet<string> => {
  const keys = new Set<string>()
  for (const { key, actorKey } of events) {
    keys.add(key)
    if (actorKey !== undefined) keys.add(actorKey)
  }
  return keys
}

/** The record of a parked event. */
export const parkedEvent = (key: string, keyed: KeyedEvent, error?: string): ParkedEvent => {
  const { name, id } = parseLogSubject(keyed.source.subject)
  return {
    ...keyedPlace(keyed),
    key,
    type: keyed.recorded?.event.type ?? keyed.type,
    actor: `${name}/${id}`,
    error,
    parkedAt: new Date(),
  }
}

/** What a batch holds for a projection. */
export interface Keyed {
  /** The events that concern it, in order, each with its row's key. */
  readonly events: readonly KeyedEvent[]
  /** The messages of its contracts that are no commits. No row waits for them. */
  readonly unreadable: readonly UnreadableMessage[]
}

/** Finds the keys of a batch's events, leaving out what is skipped. */
export const keyed = (
  projection: FoldedProjection,
  messages: readonly FeedMessage[],
  skipped: Skipped = new Set(),
): Keyed => {
  const keying = new Keying(projection, skipped)
  for (const message of messages) keying.read(message)
  const { events, unreadable } = keying
  if (skipped.size === 0) return { events, unreadable }
  return { events: unlessSkipped(events, skipped), unreadable }
}

const unlessSkipped = (events: readonly KeyedEvent[], skipped: Skipped) => {
  const textOf = (event: KeyedEvent) => placeText(keyedPlace(event))
  const isOwn = (event: KeyedEvent) =>
    [...keysOf([event])].some((key) => skipped.has(parkedText({ ...keyedPlace(event), key })))
  const own = new Set(events.filter(isOwn).map(textOf))
  return events.filter((event) =>
    !isOwn(event) && (own.has(textOf(event)) || !skipped.has(textOf(event)))
  )
}

/** The events of a batch that concern a projection, leaving out what is skipped. */
export const keyedEvents = (
  projection: FoldedProjection,
  messages: readonly FeedMessage[],
  skipped: Skipped = new Set(),
): readonly KeyedEvent[] => keyed(projection, messages, skipped).events

/** Keys one message after another. A class, so that no closures are made per message. */
class Keying {
  readonly events: KeyedEvent[] = []
  readonly unreadable: UnreadableMessage[] = []
  readonly #projection: FoldedProjection
  readonly #isSkipped: (context: string, sequence: number) => boolean
  readonly #contracts: ContractsByName

  constructor(projection: FoldedProjection, skipped: Skipped) {
    this.#projection = projection
    this.#isSkipped = skipsOf(skipped)
    this.#contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  }

  read(source: FeedMessage): void {
    const message = readMessage(source, this.#contracts, this.#isSkipped)
    if ("cause" in message) {
      return void this.unreadable.push(unreadableMessage(source, message.cause))
    }
    if (message.kind !== "commit") return
    const { contract, id, commit } = message
    const { handles, keyedByActor } = this.#projection
    const actorKey = keyedByActor ? undefined : actorKeyOf(contract.name, id)
    let recorded: readonly RecordedEvent[]
    try {
      recorded = recordedEvents(contract, id, commit, handles)
    } catch {
      return this.#readSingly(source, contract, id, actorKey, commit)
    }
    for (const each of recorded) this.#key(source, actorKey, each)
  }

  #key(source: FeedMessage, actorKey: string | undefined, recorded: RecordedEvent): void {
    const { event, meta } = recorded
    if (recorded.part !== undefined && this.#isUnreadable(source, meta.index)) return
    let key: string | undefined
    try {
      key = this.#projection.keyOf(event, meta)
      if (key === undefined) return
      key = storableText(key)
    } catch (cause) {
      if (recorded.part !== undefined) this.#dropParts(source, meta.index)
      return this.#unreadable(source, meta.id, actorKey, cause, meta.index, event.type)
    }
    const { type } = event
    const { index } = meta
    if (recorded.part !== undefined && this.#joined(source, index, key, recorded)) return
    this.events.push({ key, actorKey, source, recorded, failure: undefined, index, type })
  }

  /** Whether a part of this stored event has no key. The whole event is then parked. */
  #isUnreadable(source: FeedMessage, index: number): boolean {
    const last = this.events.at(-1)
    return last?.source === source && last.index === index && last.failure !== undefined
  }

  /** Takes back the parts of a stored event that have a key: they are parked with the others. */
  #dropParts(source: FeedMessage, index: number): void {
    for (let last = this.events.at(-1); last?.source === source && last.index === index;) {
      this.events.pop()
      last = this.events.at(-1)
    }
  }

  /** Adds an event to an earlier one of the same stored event and row; false without one. */
  #joined(source: FeedMessage, index: number, key: string, recorded: RecordedEvent): boolean {
    for (let at = this.events.length - 1; at >= 0; at--) {
      const earlier = this.events[at]!
      if (earlier.source !== source || earlier.index !== index) return false
      if (earlier.key !== key || !earlier.recorded) continue
      this.events[at] = { ...earlier, more: [...earlier.more ?? [], recorded] }
      return true
    }
    return false
  }

  #unreadable(
    source: FeedMessage,
    id: string,
    actorKey: string | undefined,
    cause: unknown,
    index: number,
    type: string,
  ): void {
    const key = actorKey ?? id
    const failure = reasonOf(cause)
    this.events.push({ key, actorKey, source, recorded: undefined, failure, index, type })
  }

  /** Reads each event by itself, because one of them cannot be read. */
  #readSingly(
    source: FeedMessage,
    contract: AnyContract,
    id: string,
    actorKey: string | undefined,
    commit: StoredCommit,
  ): void {
    const { handles } = this.#projection
    for (const [index, { type }] of commit.events.entries()) {
      try {
        const wanted = (type: string, at: number) => at === index && handles(type)
        const only = recordedEvents(contract, id, commit, wanted)
        for (const recorded of only) this.#key(source, actorKey, recorded)
      } catch (cause) {
        this.#unreadable(source, id, actorKey, cause, index, type)
      }
    }
  }
}
