/** A follower: reads the log once for some lanes of a generation, and folds it into them. */
import { type Positions, sliceOf, type Wire } from "../contracts/mod.ts"
import { announce } from "./announcement.ts"
import type { Cursor, Feed, FeedMessage } from "./feed.ts"
import type { Standing } from "./generation.ts"
import { type KeyedEvent, keyedEvents } from "./keyed-event.ts"
import { type Lane, leastOf, reaches } from "./lane.ts"
import { Overtaken } from "./lane-saves.ts"
import { LaneWriter } from "./lane-writer.ts"
import { BATCH_MESSAGES, BUILD_REST } from "./limits.ts"
import { contextsOf, type FoldedProjection } from "./projection.ts"
import type { Store } from "./store.ts"
import { checkStreams } from "./streams.ts"

/** What a follower works with, whatever the projection. */
export interface FollowerOptions<P = FoldedProjection> {
  readonly projection: P
  readonly feed: Feed
  readonly store: Store
  /** Where progress is announced. */
  readonly wire: Wire
  /** Called whenever one of the lanes has come further; `time` is when the batch was recorded. */
  readonly moved: (time: number | undefined) => void
  /** Up to where the log is read one message at a time, as the store has refused a row there. */
  readonly carefulUntil?: Positions | undefined
}

/** What follows the log. */
export interface FollowsLog {
  /** Its lanes as they are now. */
  readonly lanes: () => readonly Lane[]
  /** How far it has read. */
  readonly given: Positions
  /** Takes note of what has become of the generation. */
  readonly update: (standing: Standing) => void
  /** Tells all who listen how far it is. What was saved before may never have been told. */
  readonly announce: () => void
  /** Follows until it is stopped. Rejects with `Overtaken`, or with why it cannot go on. */
  readonly run: () => Promise<void>
  /** Lets `run` come to its end, with what was read by then saved. */
  readonly stop: () => void
}

/** Follows the log with some lanes of a generation, until it is stopped or cannot go on. */
export class Follower implements FollowsLog {
  readonly #options: FollowerOptions
  readonly #lanes: readonly Lane[]
  #standing: Standing
  #writers: readonly LaneWriter[] = []
  #cursor: Cursor | undefined
  #stopped = false
  /** Ends when the last of the saves that wait for each other has ended. */
  #turn: Promise<void> = Promise.resolve()
  #error: unknown
  /** How far the lanes were given what was read. */
  #given: Positions
  /** When the last message was recorded that was given to the lanes. */
  #time: number | undefined

  constructor(options: FollowerOptions, standing: Standing, lanes: readonly Lane[]) {
    this.#options = options
    this.#standing = standing
    const contexts = contextsOf(options.projection)
    this.#lanes = lanes.map((lane) => ({ ...lane, positions: pick(lane.positions, contexts) }))
    this.#given = leastOf(this.#lanes.map(({ positions }) => positions))
  }

  /** Its lanes as they are now. */
  lanes(): readonly Lane[] {
    return this.#writers.length > 0 ? this.#writers.map(({ lane }) => lane) : this.#lanes
  }

  /** How far it has read. */
  get given(): Positions {
    return this.#given
  }

  /** Takes note of what has become of the generation. */
  update(standing: Standing): void {
    this.#standing = standing
  }

  /** Tells all who listen how far it is. What was saved before may never have been told. */
  announce(): void {
    for (const lane of this.lanes()) this.#announce(lane, undefined)
  }

  /** Follows until it is stopped. Rejects with `Overtaken`, or with why it cannot go on. */
  async run(): Promise<void> {
    const { projection, feed, store } = this.#options
    const skipped = await store.skipped(this.#standing)
    const cursor = this.#cursor = await feed.open(this.#given)
    try {
      if (this.#stopped) return
      // Looked at once the cursor is open: from here on it notices itself when a stream changes.
      const created = await checkStreams(feed, projection, this.#lanes)
      this.#writers = this.#lanes.map((lane) => this.#writer(lane, created))
      this.announce()
      this.#options.moved(undefined)
      while (!this.#stopped) {
        const carefully = this.#isCareful()
        const messages = await cursor.next(carefully ? 1 : BATCH_MESSAGES)
        if (messages.length === 0) continue
        const started = performance.now()
        await this.#give(messages, keyedEvents(projection, messages, skipped), carefully)
        if (this.#isBuilding()) await rest((performance.now() - started) * BUILD_REST)
      }
    } finally {
      cursor.close()
      await Promise.all(this.#writers.map((writer) => writer.stop()))
    }
    if (this.#error !== undefined) throw this.#error
  }

  /** Lets `run` come to its end, with what was read by then saved. */
  stop(): void {
    this.#stopped = true
    this.#cursor?.close()
  }

  #isBuilding(): boolean {
    return this.#standing.state === "building"
  }

  #isCareful(): boolean {
    const { carefulUntil } = this.#options
    return carefulUntil !== undefined && !reaches(this.#given, carefulUntil)
  }

  async #give(
    messages: readonly FeedMessage[],
    events: readonly KeyedEvent[],
    carefully: boolean,
  ): Promise<void> {
    const reached: Record<string, number> = {}
    for (const { context, sequence } of messages) reached[context] = sequence
    await Promise.all(this.#writers.map((writer) => writer.ready()))
    if (this.#stopped) return
    this.#time = messages.at(-1)?.time
    const parts = this.#split(events)
    this.#given = { ...this.#given, ...reached }
    for (const [index, writer] of this.#writers.entries()) {
      writer.take(parts[index] ?? [], reached, carefully)
    }
  }

  /** For each writer the events that are for it. */
  #split(events: readonly KeyedEvent[]): KeyedEvent[][] {
    const parts = this.#writers.map((): KeyedEvent[] => [])
    for (const event of events) {
      const slice = sliceOf(event.key)
      // Without a key it is noted by every lane, as each of them has rows of its actor's events.
      const everywhere = event.key === event.actorKey
      for (let index = 0; index < parts.length; index++) {
        const { from, to } = this.#lanes[index]!
        if (!everywhere && (slice < from || slice >= to)) continue
        if (this.#writers[index]!.wants(slice, event)) parts[index]!.push(event)
      }
    }
    return parts
  }

  #writer(lane: Lane, created: Lane["created"]): LaneWriter {
    const { projection, store, moved } = this.#options
    const generation = this.#standing
    return new LaneWriter({
      projection,
      generation,
      lane,
      created,
      store: {
        load: store.load,
        // While it is built, the lanes leave all but one connection's share of Postgres to queries.
        save: (...given) => this.#isBuilding() ? this.#saveInTurn(...given) : store.save(...given),
      },
      moved: (now, keys) => {
        this.#announce(now, keys)
        moved(this.#time)
      },
      fail: (error) => {
        // That of another writer that fails at the same time is most likely the same.
        if (this.#error === undefined || this.#error instanceof Overtaken) this.#error = error
        this.stop()
      },
    })
  }

  #saveInTurn(...given: Parameters<Store["save"]>): ReturnType<Store["save"]> {
    const saving = this.#turn.then(() => this.#options.store.save(...given))
    this.#turn = saving.then(() => {}, () => {})
    return saving
  }

  #announce(lane: Lane, keys: readonly string[] | undefined): void {
    announce(this.#options.wire, this.#standing, this.#standing.lanes.length, lane, keys)
  }
}

/** The positions in these contexts; at the beginning where there is none. */
export const pick = (positions: Positions, contexts: readonly string[]): Positions =>
  Object.fromEntries(contexts.map((context) => [context, positions[context] ?? 0]))

/** Resolves after so many milliseconds. */
export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
