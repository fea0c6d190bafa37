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
    if (contract) keyMessage(projection, contract, id, message, events)
  }
  if (skipped.size === 0) return events
  return events.filter((keyed) => !skipped.has(placeText(keyedPlace(keyed))))
}

const keyMessage = (
  projection: AnyProjection,
  contract: AnyContract,
  id: string,
  source: FeedMessage,
  into: KeyedEvent[],
): void => {
  const actorKey = projection.keyedByActor ? undefined : `${ACTOR_KEY}${contract.name}/${id}`
  const unreadable = (cause: unknown, index: number, type: string) =>
    into.push({
      key: actorKey ?? id,
      actorKey,
      source,
      recorded: undefined,
      failure: reasonOf(cause),
      index,
      type,
    })
  let commit: StoredCommit
  try {
    commit = decodeCommit(source.payload, source.sequence)
  } catch (cause) {
    unreadable(cause, -1, "")
    return
  }
  const keyOne = (recorded: RecordedEvent) => {
    const { event, context } = recorded
    try {
      const key = projection.keyOf(event, context)
      if (key === undefined) return
      const { index } = context
      const { type } = event
      const failure = undefined
      into.push({ key: storableText(key), actorKey, source, recorded, failure, index, type })
    } catch (cause) {
      unreadable(cause, context.index, event.type)
    }
  }
  try {
    for (const recorded of recordedEvents(contract, id, commit, projection.handles)) {
      keyOne(recorded)
    }
  } catch {
    readSingly(projection, contract, id, commit, keyOne, unreadable)
  }
}

/** Reads each event by itself, as one of them cannot be read. */
const readSingly = (
  projection: AnyProjection,
  contract: AnyContract,
  id: string,
  commit: StoredCommit,
  read: (recorded: RecordedEvent) => void,
  unreadable: (cause: unknown, index: number, type: string) => void,
): void => {
  for (const [index, { type }] of commit.events.entries()) {
    if (!projection.handles(type)) continue
    try {
      recordedEvents(contract, id, commit, (_, at) => at === index).forEach(read)
    } catch (cause) {
      unreadable(cause, index, type)
    }
  }
}
