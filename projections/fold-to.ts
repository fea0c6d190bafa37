/** Folds the log again, up to exactly where the lanes of a generation are, into another place. */
import { type Positions, sliceOf } from "../contracts/mod.ts"
import type { Feed } from "./feed.ts"
import { type Changes, foldEvents, knownRows } from "./fold.ts"
import { type KeyedEvent, keyedEvents, keysOf } from "./keyed-event.ts"
import { hasFolded, type Lane, owns, reaches } from "./lane.ts"
import { BATCH_MESSAGES } from "./limits.ts"
import type { Skipped } from "./parked.ts"
import { contextsOf, type FoldedProjection } from "./projection.ts"
import type { Loaded } from "./store.ts"

/** What is folded. */
export interface FoldToOptions {
  readonly projection: FoldedProjection
  readonly feed: Feed
  /** Where each slice is to end. */
  readonly lanes: readonly Lane[]
  /** The places that the generation skips. */
  readonly skipped: Skipped
  /** Lanes that say where each slice begins; from the beginning of the log without them. */
  readonly from?: readonly Lane[]
}

/** Where it is folded into. */
export interface FoldTarget {
  readonly load: (keys: readonly string[]) => Promise<Loaded>
  /** Writes what a batch changes; `events` are those that it was folded from. */
  readonly write: (changes: Changes, events: readonly KeyedEvent[]) => Promise<void>
}

const within = (lanes: readonly Lane[], { key, actorKey, source }: KeyedEvent): boolean => {
  const { context, sequence } = source
  const slice = sliceOf(key)
  // An event without a key is noted by each lane that comes by it.
  const concerned = key === actorKey ? lanes : lanes.filter((lane) => owns(lane, key))
  return concerned.some((lane) => hasFolded(lane, slice, context, sequence))
}

/** How far the furthest slices are. */
const furthest = (lanes: readonly Lane[], contexts: readonly string[]): Positions => {
  const all = lanes.flatMap(({ positions, ahead }) => [
    positions,
    ...ahead.map((part) => part.positions),
  ])
  const most = (context: string) => Math.max(0, ...all.map((positions) => positions[context] ?? 0))
  return Object.fromEntries(contexts.map((context) => [context, most(context)]))
}

const beginning = (from: readonly Lane[] | undefined, contexts: readonly string[]): Positions =>
  Object.fromEntries(contexts.map((context) => {
    const all = from?.map(({ positions }) => positions[context] ?? 0) ?? []
    return [context, all.length > 0 ? Math.min(...all) : 0]
  }))

/** Folds batch after batch, with no more than one in memory. */
export const foldTo = async (options: FoldToOptions, target: FoldTarget): Promise<void> => {
  const { projection, feed, lanes, skipped, from } = options
  const contexts = contextsOf(projection)
  const end = furthest(lanes, contexts)
  const read: Record<string, number> = { ...beginning(from, contexts) }
  if (reaches(read, end)) return
  const cursor = await feed.open(read)
  try {
    while (!reaches(read, end)) {
      const messages = await cursor.next(BATCH_MESSAGES)
      for (const { context, sequence } of messages) read[context] = sequence
      const events = keyedEvents(projection, messages, skipped)
        .filter((event) => within(lanes, event) && !(from && within(from, event)))
      if (events.length === 0) continue
      const keys = [...keysOf(events)]
      const known = knownRows(keys, await target.load(keys))
      await target.write(foldEvents(projection, events, known), events)
    }
  } finally {
    cursor.close()
  }
}
