/** Quarantine: an operator retries or discards parked events, in the order of the log. */
import { contextsOf } from "../projection.ts"
import { NotFound, Unavailable } from "../../contracts/internal.ts"
import { sliceOf, type Wire } from "../../wire/internal.ts"
import { announceWritten } from "../worker/announcement.ts"
import type { Feed, FeedMessage } from "../log/feed.ts"
import {
  type FoldedBatch,
  foldEvents,
  type KnownRow,
  knownRows,
  type RefusedKey,
  type RefusedKeys,
} from "../worker/fold.ts"
import { type Generation, type GenerationStatus, isFolded } from "../store/generation.ts"
import {
  type KeyedEvent,
  keyedEvents,
  keyedPlace,
  keysOf,
  reasonOf,
  skippedOf,
} from "../worker/keyed-event.ts"
import { hasFolded, type Lane, owns } from "../store/lane.ts"
import { RETRY_EVENTS } from "../limits.ts"
import { type Discarded, discardedTexts, type ParkedEvent, placeText } from "../store/parked.ts"
import type { FoldedProjection } from "../projection.ts"
import { RefusedRows } from "../store/refused-row.ts"
import type { HeldLanes, Settlement, Store } from "../store/store.ts"

/** What quarantine needs. */
export interface QuarantineParts {
  readonly projection: FoldedProjection
  readonly feed: Pick<Feed, "at" | "skips">
  readonly store: Store
  /** Announces which rows have changed. */
  readonly wire: Pick<Wire, "publish">
}

/** The parked events of one generation. */
export interface Parked {
  readonly generation: Generation
  readonly events: readonly ParkedEvent[]
  /** How many parked events are not listed. */
  readonly leftOut: number
}

/** The result of a retry or a discard under one key. */
export interface Settled {
  /** How many events are no longer parked. */
  readonly freed: number
  /** How many events are still parked, and why the first of them is. */
  readonly parked: number
  readonly error: string | undefined
}

/** How many parked events are listed for each generation. */
export interface ParkedBounds {
  readonly events: number
  /** The total size of keys and errors, in bytes. */
  readonly bytes: number
}

/**
 * The parked events of each generation that is folded or serves, in order. Without bounds, all of
 * them.
 */
export const listParked = async (
  store: Store,
  projection: string,
  bounds?: ParkedBounds,
): Promise<readonly Parked[]> => {
  const generations = (await store.statuses([projection])).filter(isFolded)
  const listed: Parked[] = []
  for (const generation of generations) {
    const events = await store.parked(generation, undefined, bounds?.events, bounds?.bytes)
    // More events may have been parked after `parkedEvents` was read.
    const leftOut = Math.max(0, generation.parkedEvents - events.length)
    listed.push({ generation, events, leftOut })
  }
  return listed
}

/**
 * Folds the parked events of a key again, in order, in every generation of the program's version.
 * Rejects with `NotFound` when the key has no parked events.
 */
export const retry = (parts: QuarantineParts, key: string): Promise<Settled> =>
  settleAll(parts, key, undefined)

/**
 * Discards the first parked event of a key, on record: no later fold uses the event, in this or
 * another generation. The events behind it are folded. Rejects with `NotFound` when the key has no
 * parked events.
 */
export const discard = (parts: QuarantineParts, key: string, by: string): Promise<Settled> =>
  settleAll(parts, key, by)

const settleAll = async (
  parts: QuarantineParts,
  key: string,
  by: string | undefined,
): Promise<Settled> => {
  const { projection, store } = parts
  const own = (await store.statuses([projection.name])).filter((generation) =>
    generation.version === projection.version && isFolded(generation)
  )
  const settled: Settled[] = []
  for (const generation of own) {
    if ((await store.parked(generation, key, 1)).length === 0) continue
    settled.push(await settle(parts, generation, key, by))
  }
  if (settled.length === 0) {
    throw new NotFound({ message: `${projection.name} has nothing parked under "${key}"` })
  }
  return {
    freed: settled.reduce((sum, { freed }) => sum + freed, 0),
    parked: settled.reduce((sum, { parked }) => sum + parked, 0),
    error: settled.find(({ error }) => error !== undefined)?.error,
  }
}

const settle = async (
  parts: QuarantineParts,
  generation: GenerationStatus,
  key: string,
  by: string | undefined,
): Promise<Settled> => {
  let [freed, elsewhere] = [0, 0]
  let error: string | undefined
  for (let who = by;; who = undefined) {
    const { unparked, parked } = await settleSome(parts, generation, key, who)
    const own = parked.filter((event) => event.key === key).length
    freed += unparked.length - parked.length
    elsewhere += parked.length - own
    error ??= parked[0]?.error
    if (own === 0 && unparked.length === RETRY_EVENTS) continue
    // Events that were not retried wait behind the one that failed.
    const left = own > 0 ? (await parts.store.parked(generation, key)).length : 0
    return { freed, parked: elsewhere + left, error }
  }
}

/** Folds the first parked events of a key, in one transaction. */
const settleSome = async (
  parts: QuarantineParts,
  generation: GenerationStatus,
  key: string,
  by: string | undefined,
): Promise<Settlement> => {
  const lane = generation.lanes.find((each) => owns(each, key))
  // The events of an actor may belong to rows in any lane.
  const lanes = isActorKey(key) || !lane ? undefined : [lane.lane]
  const refused = new Map<string, RefusedKey>()
  const messages: Messages = new Map()
  for (;;) {
    // Reads messages in advance, so that few remain to be read while the lanes are held.
    await read(parts.feed, await parts.store.parked(generation, key, RETRY_EVENTS), messages)
    let settlement: Settlement | undefined
    let held: readonly Lane[]
    try {
      held = await parts.store.hold(
        generation,
        lanes,
        async (held) =>
          settlement = await settlementOf(parts, generation, key, by, held, refused, messages),
      )
    } catch (error) {
      if (!(error instanceof RefusedRows) || !settlement) throw error
      const found = await parts.store.refused(generation, settlement as Settlement)
      if (found.size === 0) throw error
      for (const [key, refusal] of found) refused.set(key, { reason: reasonOf(refusal) })
      continue
    }
    if (!settlement) continue
    const { upserts, deletes } = settlement as Settlement
    const keys = [...upserts.map((row) => String(row[generation.keyColumn])), ...deletes]
    announceWritten(parts.wire, generation, generation.lanes.length, held, keys)
    return settlement
  }
}

const isActorKey = (key: string): boolean => key.startsWith("actor:")

const settlementOf = async (
  { projection, feed, store }: QuarantineParts,
  generation: Generation,
  key: string,
  by: string | undefined,
  held: HeldLanes,
  refused: RefusedKeys,
  known: Messages,
): Promise<Settlement> => {
  if (!isActorKey(key) && !held.lanes.some((lane) => owns(lane, key))) {
    throw new Unavailable({ message: "the lanes have changed meanwhile: ask again" })
  }
  const waiting = await held.parked(key, RETRY_EVENTS)
  const [first] = waiting
  const discarded: Discarded[] = []
  if (first && by !== undefined) {
    const { parkedAt: _, ...event } = first
    discarded.push({ ...event, discardedAt: new Date(), by })
  }
  const given = new Set([...await store.skipped(generation), ...discarded.flatMap(discardedTexts)])
  const skipped = await skippedOf(feed, contextsOf(projection), given)
  const messages = await read(feed, waiting, known)
  const places = new Map(waiting.map((event) => [placeText(event), event]))
  const found = keyedEvents(projection, messages, skipped)
    .filter((event) => isWaiting(event, places))
  const events = withoutOthers(found, key).filter((event) => isDue(event, held))
  const keys = [...keysOf(events)]
  const rows = knownRows(keys, await held.load(keys))
  const own = rows.get(key)
  if (own) rows.set(key, { ...own, parked: undefined } satisfies KnownRow)
  const folded = foldEvents(projection, events, rows, refused)
  return { ...folded, parked: asBefore(folded, places), unparked: waiting, discarded }
}

/** Messages of the log, by position. */
type Messages = Map<string, FeedMessage>

/** Each message once, in the order in which its first event was parked. Reads only unknown ones. */
const read = (
  feed: Pick<Feed, "at">,
  waiting: readonly ParkedEvent[],
  known: Messages,
): Promise<FeedMessage[]> => {
  const places = new Map(waiting.map((event) => [`${event.context}:${event.sequence}`, event]))
  return Promise.all([...places].map(async ([place, { context, sequence }]) => {
    const message = known.get(place) ?? await feed.at(context, sequence)
    known.set(place, message)
    return message
  }))
}

/** Parked events, by position. */
type ParkedPlaces = ReadonlyMap<string, ParkedEvent>

/** Whether an event is parked. A message parked as unreadable may hold several events by now. */
const isWaiting = (event: KeyedEvent, waiting: ParkedPlaces): boolean => {
  const place = keyedPlace(event)
  return waiting.has(placeText(place)) || waiting.has(placeText({ ...place, index: -1 }))
}

/**
 * The events that are parked under a key. A stored event can have become events for several rows,
 * at the same place: those of the other rows were folded, or are parked by themselves.
 */
const withoutOthers = (events: readonly KeyedEvent[], key: string): readonly KeyedEvent[] => {
  const isOwn = (event: KeyedEvent) => event.key === key || event.actorKey === key
  const own = new Set(events.filter(isOwn).map((event) => placeText(keyedPlace(event))))
  return events.filter((event) => isOwn(event) || !own.has(placeText(keyedPlace(event))))
}

/** Whether the row's lane has passed the event; otherwise the lane will fold it by itself. */
const isDue = ({ key, source }: KeyedEvent, { lanes }: HeldLanes): boolean => {
  const lane = lanes.find((each) => owns(each, key))
  return lane === undefined || hasFolded(lane, sliceOf(key), source.context, source.sequence)
}

/** The events that are still parked, each with the time when it was first parked. */
const asBefore = ({ parked }: FoldedBatch, waiting: ParkedPlaces): ParkedEvent[] =>
  parked.map((event) => {
    const before = waiting.get(placeText(event))
    return before ? { ...event, parkedAt: before.parkedAt } : event
  })
