/** A keyed event: an event of the log and the row that it belongs to. */
import {
  type AnyContract,
  decodeCommit,
  parseLogSubject,
  type RecordedEvent,
  recordedEvents,
  type StoredCommit,
} from "../contracts/mod.ts"
import type { FeedMessage } from "./feed.ts"
import { ERROR_CHARACTERS } from "./limits.ts"
import { type ParkedEvent, type Place, placeText, type Skipped } from "./parked.ts"
import type { AnyProjection } from "./projection.ts"
import { storableText } from "./storable-text.ts"

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
  projection: AnyProjection,
  messages: readonly FeedMessage[],
  skipped: Skipped = new Set(),
): KeyedEvent[] => {
  const contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  const events: KeyedEvent[] = []
  for (const message of messages) {
    const { name, id } = parseLogSubject(message.subject)
    const contract = contracts.get(name)
    if (contract) new KeyedMessage(projection, contract, id, message, events).read()
  }
  if (skipped.size === 0) return events
  return events.filter((keyed) => !skipped.has(placeText(keyedPlace(keyed))))
}

/** One message whose events are keyed. A class, so that no functions are made for each. */
class KeyedMessage {
  readonly #projection: AnyProjection
  readonly #contract: AnyContract
  readonly #id: string
  readonly #source: FeedMessage
  readonly #into: KeyedEvent[]
  readonly #actorKey: string | undefined

  constructor(
    projection: AnyProjection,
    contract: AnyContract,
    id: string,
    source: FeedMessage,
    into: KeyedEvent[],
  ) {
    this.#projection = projection
    this.#contract = contract
    this.#id = id
    this.#source = source
    this.#into = into
    this.#actorKey = projection.keyedByActor ? undefined : `${ACTOR_KEY}${contract.name}/${id}`
  }

  read(): void {
    const { payload, sequence } = this.#source
    let commit: StoredCommit
    try {
      commit = decodeCommit(payload, sequence)
    } catch (cause) {
      return this.#unreadable(cause, -1, "")
    }
    try {
      const recorded = recordedEvents(this.#contract, this.#id, commit, this.#projection.handles)
      for (const each of recorded) this.#key(each)
    } catch {
      this.#readSingly(commit)
    }
  }

  #key(recorded: RecordedEvent): void {
    const { event: { type }, context } = recorded
    const { index } = context
    try {
      const key = this.#projection.keyOf(recorded.event, context)
      if (key === undefined) return
      this.#into.push({
        key: storableText(key),
        actorKey: this.#actorKey,
        source: this.#source,
        recorded,
        failure: undefined,
        index,
        type,
      })
    } catch (cause) {
      this.#unreadable(cause, index, type)
    }
  }

  #unreadable(cause: unknown, index: number, type: string): void {
    this.#into.push({
      key: this.#actorKey ?? this.#id,
      actorKey: this.#actorKey,
      source: this.#source,
      recorded: undefined,
      failure: reasonOf(cause),
      index,
      type,
    })
  }

  /** Reads each event by itself, as one of them cannot be read. */
  #readSingly(commit: StoredCommit): void {
    for (const [index, { type }] of commit.events.entries()) {
      if (!this.#projection.handles(type)) continue
      try {
        const only = recordedEvents(this.#contract, this.#id, commit, (_, at) => at === index)
        for (const recorded of only) this.#key(recorded)
      } catch (cause) {
        this.#unreadable(cause, index, type)
      }
    }
  }
}
