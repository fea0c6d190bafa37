/** A keyed event: an event of the log and the row that it belongs to. */
import type { AnyContract } from "../../contracts/internal.ts"
import {
  decodeCommit,
  parseLogSubject,
  type RecordedEvent,
  recordedEvents,
  type StoredCommit,
} from "../../wire/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import { ERROR_CHARACTERS } from "../limits.ts"
import { type ParkedEvent, type Place, placeText, type Skipped } from "../store/parked.ts"
import type { FoldedProjection } from "../projection.ts"
import { storableText } from "../store/storable-text.ts"

/** What the key of an actor begins with, of whose events one has no key. */
const ACTOR_KEY = "actor:"

/** An event and the row it belongs to. */
export interface KeyedEvent {
  readonly key: string
  /** Under which key it is parked when its actor is; undefined where that is `key` itself. */
  readonly actorKey: string | undefined
  readonly source: FeedMessage
  /** Undefined when it cannot be read. */
  readonly recorded: RecordedEvent | undefined
  /** Why it has no key or cannot be read: its key is then the actor's. */
  readonly failure: string | undefined
  /** Which event of its message it is, if it cannot be read; -1 stands for all of them. */
  readonly index: number
  /** What type it is of, if it cannot be read. */
  readonly type: string
}

/** What an error says, as far as it is kept. */
export const reasonOf = (cause: unknown): string =>
  storableText(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    .slice(0, ERROR_CHARACTERS)

/** Where an event stands. */
export const keyedPlace = ({ source, recorded, index }: KeyedEvent): Place => ({
  context: source.context,
  sequence: source.sequence,
  index: recorded?.context.index ?? index,
})

/** The keys that must be known to fold events: those of their rows and of their actors. */
export const keysOf = (events: readonly KeyedEvent[]): ReadonlySet<string> => {
  const keys = new Set<string>()
  for (const { key, actorKey } of events) {
    keys.add(key)
    if (actorKey !== undefined) keys.add(actorKey)
  }
  return keys
}

/** What is noted of an event that is set aside. */
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

/**
 * The events of a batch that concern a projection, in order, each with its row's key, but for those
 * that are to be skipped.
 */
export const keyedEvents = (
  projection: FoldedProjection,
  messages: readonly FeedMessage[],
  skipped: Skipped = new Set(),
): KeyedEvent[] => {
  const keying = new Keying(projection)
  for (const message of messages) keying.read(message)
  if (skipped.size === 0) return keying.events
  return keying.events.filter((keyed) => !skipped.has(placeText(keyedPlace(keyed))))
}

/** Keys one message after another. A class, so that no functions are made for each of them. */
class Keying {
  readonly events: KeyedEvent[] = []
  readonly #projection: FoldedProjection
  readonly #contracts: ReadonlyMap<string, AnyContract>

  constructor(projection: FoldedProjection) {
    this.#projection = projection
    this.#contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  }

  read(source: FeedMessage): void {
    const { name, id } = parseLogSubject(source.subject)
    const contract = this.#contracts.get(name)
    if (!contract) return
    const { handles, keyedByActor } = this.#projection
    const actorKey = keyedByActor ? undefined : `${ACTOR_KEY}${name}/${id}`
    let commit: StoredCommit
    try {
      commit = decodeCommit(source.payload, source.sequence)
    } catch (cause) {
      return this.#unreadable(source, id, actorKey, cause, -1, "")
    }
    let recorded: readonly RecordedEvent[]
    try {
      recorded = recordedEvents(contract, id, commit, handles)
    } catch {
      return this.#readSingly(source, contract, id, actorKey, commit)
    }
    for (const each of recorded) this.#key(source, actorKey, each)
  }

  #key(source: FeedMessage, actorKey: string | undefined, recorded: RecordedEvent): void {
    const { event, context } = recorded
    let key: string | undefined
    try {
      key = this.#projection.keyOf(event, context)
      if (key === undefined) return
      key = storableText(key)
    } catch (cause) {
      return this.#unreadable(source, context.id, actorKey, cause, context.index, event.type)
    }
    const { type } = event
    const { index } = context
    this.events.push({ key, actorKey, source, recorded, failure: undefined, index, type })
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

  /** Reads each event by itself, as one of them cannot be read. */
  #readSingly(
    source: FeedMessage,
    contract: AnyContract,
    id: string,
    actorKey: string | undefined,
    commit: StoredCommit,
  ): void {
    for (const [index, { type }] of commit.events.entries()) {
      if (!this.#projection.handles(type)) continue
      try {
        const only = recordedEvents(contract, id, commit, (_, at) => at === index)
        for (const recorded of only) this.#key(source, actorKey, recorded)
      } catch (cause) {
        this.#unreadable(source, id, actorKey, cause, index, type)
      }
    }
  }
}
