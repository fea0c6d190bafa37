/** A refold: folds the log again into a shadow, exactly as far as the lanes have come. */
import { type Positions, positionsIn } from "../../contracts/internal.ts"
import { sliceOf } from "../../wire/internal.ts"
import type { FoldFailure } from "../store/drift.ts"
import type { Feed, FeedMessage } from "../log/feed.ts"
import { type FoldedBatch, foldEvents, type KnownRow, knownRows, NOTHING } from "../worker/fold.ts"
import {
  type KeyedEvent,
  keyedEvents,
  keyedPlace,
  keysOf,
  skippedOf,
} from "../worker/keyed-event.ts"
import { furtherOf, hasFolded, type Lane, leastOf, owns, reaches } from "../store/lane.ts"
import { BATCH_MESSAGES } from "../limits.ts"
import { parkedText, placeText } from "../store/parked.ts"
import { contextsOf, type FoldedProjection } from "../projection.ts"
import { RowCache } from "../worker/row-cache.ts"
import type { Shadow, ShadowRow } from "../postgres/shadow-postgres.ts"
import { checkStreams } from "../log/streams.ts"

/** The progress of a refold, in messages of the log. */
export interface RefoldProgress {
  readonly done: number
  readonly of: number
}

/** What a refold needs. */
export interface RefoldOptions {
  readonly projection: FoldedProjection
  readonly feed: Feed
  readonly shadow: Shadow
  readonly progress?: ((progress: RefoldProgress) => void) | undefined
}

const sumOf = (positions: Positions): number =>
  Object.values(positions).reduce((sum, sequence) => sum + sequence, 0)

/** For each context, the position of the most advanced of these lanes. */
const furthestOf = (lanes: readonly Lane[]): Positions =>
  lanes.flatMap(({ positions, ahead }) => [positions, ...ahead.map((part) => part.positions)])
    .reduce(furtherOf, {})

/** Whether the lane of the event's row has folded it. Without a key, any lane counts. */
const isFoldedBy = (lanes: readonly Lane[], { key, actorKey, source }: KeyedEvent): boolean => {
  const { context, sequence } = source
  const slice = sliceOf(key)
  return lanes.some((lane) =>
    (key === actorKey || owns(lane, key)) && hasFolded(lane, slice, context, sequence)
  )
}

/** The places at which an event may be parked: its own, and that of its whole message. */
const placesOf = (event: KeyedEvent) => {
  const place = keyedPlace(event)
  return [place, { ...place, index: -1 }]
}

/** Folds the log into a shadow: first from the beginning, later from where it stopped. */
export class Refold {
  readonly #options: RefoldOptions
  readonly #cache = new RowCache()
  #lanes: readonly Lane[] = []

  constructor(options: RefoldOptions) {
    this.#options = options
  }

  /** Folds on to the positions of these lanes. Rejects when the lanes are of other streams. */
  async to(lanes: readonly Lane[]): Promise<void> {
    const { projection, feed } = this.#options
    const before = this.#lanes
    const contexts = contextsOf(projection)
    const from = positionsIn(leastOf(before.map(({ positions }) => positions)), contexts)
    const goal = positionsIn(furthestOf(lanes), contexts)
    await checkStreams(feed, projection, lanes)
    if (!reaches(positionsIn(furthestOf(before), contexts), goal)) {
      const wants = (event: KeyedEvent) => !isFoldedBy(before, event) && isFoldedBy(lanes, event)
      await this.#read(from, goal, wants)
    }
    this.#lanes = lanes
  }

  async #read(from: Positions, goal: Positions, wants: (event: KeyedEvent) => boolean) {
    const { projection, feed, shadow, progress } = this.#options
    const skipped = await skippedOf(feed, contextsOf(projection), shadow.seen.skipped)
    const reader = await feed.open(from)
    const reached: Record<string, number> = { ...from }
    progress?.({ done: 0, of: sumOf(goal) - sumOf(from) })
    try {
      while (!reaches(reached, goal)) {
        const messages = await reader.next(BATCH_MESSAGES)
        const events = keyedEvents(projection, messages, skipped)
        const aside = await this.#aside(messages, events)
        await this.#fold(events.filter((event) => wants(event) && !aside(event)))
        for (const { context, sequence } of messages) reached[context] = sequence
        const done = Object.entries(reached)
          .map(([context, at]) => Math.min(at, goal[context] ?? 0) - (from[context] ?? 0))
        progress?.({
          done: done.reduce((sum, each) => sum + Math.max(0, each), 0),
          of: sumOf(goal) - sumOf(from),
        })
      }
    } finally {
      reader.close()
    }
  }

  /**
   * Tells which events the view has parked. A message parked as unreadable may hold several. Of the
   * events that one stored event became, those of other rows may be folded.
   */
  async #aside(
    messages: readonly FeedMessage[],
    events: readonly KeyedEvent[],
  ): Promise<(event: KeyedEvent) => boolean> {
    const first: Record<string, number> = {}
    const last: Record<string, number> = {}
    for (const { context, sequence } of messages) {
      first[context] ??= sequence
      last[context] = sequence
    }
    const places = await this.#options.shadow.aside(first, last)
    if (places.size === 0) return () => false
    const isAt = (event: KeyedEvent) => placesOf(event).some((at) => places.has(placeText(at)))
    const isOwn = (event: KeyedEvent) =>
      placesOf(event).some((at) =>
        [...keysOf([event])].some((key) => places.has(parkedText({ ...at, key })))
      )
    const own = new Set(events.filter(isOwn).map((event) => placeText(keyedPlace(event))))
    return (event) => isOwn(event) || isAt(event) && !own.has(placeText(keyedPlace(event)))
  }

  async #fold(events: readonly KeyedEvent[]): Promise<void> {
    if (events.length === 0) return
    const { projection, shadow } = this.#options
    const known = await this.#known(events)
    const folded = foldEvents(projection, events, known)
    for (const [key, row] of folded.known) known.set(key, row)
    await shadow.save(shadowRows(events, folded, known))
    this.#cache.hold(known)
    this.#cache.release()
  }

  async #known(events: readonly KeyedEvent[]): Promise<Map<string, KnownRow>> {
    const known = new Map<string, KnownRow>()
    const missing = new Set<string>()
    for (const { key, actorKey = key } of events) {
      for (const each of [key, actorKey]) {
        const row = this.#cache.get(each)
        if (row) known.set(each, row)
        else missing.add(each)
      }
    }
    if (missing.size === 0) return known
    const found = await this.#options.shadow.load([...missing])
    const rows = new Map(found.flatMap(({ key, row }) => row ? [[key, row]] : []))
    const parked = new Map(found.flatMap(({ key, failure }) => failure ? [[key, failure]] : []))
    for (const [key, row] of knownRows([...missing], { rows, parked })) known.set(key, row)
    return known
  }
}

/** The shadow's rows for all keys that the events have touched. Marks failed keys in `known`. */
const shadowRows = (
  events: readonly KeyedEvent[],
  folded: FoldedBatch,
  known: Map<string, KnownRow>,
): readonly ShadowRow[] => {
  const parked = new Map(folded.parked.map((event) => [parkedText(event), event]))
  const failures = new Map<string, FoldFailure>()
  const rows = new Map<string, ShadowRow>()
  for (const event of events) {
    const { key, source: { context, sequence } } = event
    const place = keyedPlace(event)
    const texts = [...keysOf([event])].map((key) => parkedText({ ...place, key }))
    const aside = texts.map((text) => parked.get(text)).find((found) => found !== undefined)
    const before = rows.get(key)
    if (aside) {
      const reason = aside.error ?? failures.get(aside.key)?.reason ??
        `it waits behind an event of ${aside.actor} that failed`
      const failure = before?.failure ?? { ...place, reason }
      if (!failures.has(aside.key)) failures.set(aside.key, failure)
      rows.set(key, { key, row: known.get(key)?.plain, last: before?.last, failure })
      const now = known.get(key) ?? NOTHING
      if (!now.parked) known.set(key, { ...now, parked: place })
    } else {
      const last = { context, sequence }
      rows.set(key, { key, row: known.get(key)?.plain, last, failure: before?.failure })
    }
  }
  return [...rows.values()]
}
