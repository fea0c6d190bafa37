/** A reading: goes through the log for one generation, batch by batch, until it is stopped. */
import type { Positions } from "../../contracts/internal.ts"
import type { Wire } from "../../wire/internal.ts"
import { announce } from "./announcement.ts"
import type { Cursor, Feed, FeedMessage } from "../log/feed.ts"
import type { Standing } from "../store/generation.ts"
import { furtherOf, type Lane, leastOf, reaches } from "../store/lane.ts"
import { Overtaken } from "./lane-saves.ts"
import { BATCH_MESSAGES, BUILD_REST } from "../limits.ts"
import { type AnyProjection, contextsOf, type FoldedProjection } from "../projection.ts"
import type { Store } from "../store/store.ts"
import { checkStreams } from "../log/streams.ts"

/** What a follower works with, whatever the projection. */
export interface FollowerOptions<P = FoldedProjection> {
  readonly projection: P
  readonly feed: Feed
  readonly store: Store
  /** Where progress is announced. */
  readonly wire: Wire
  /** Called whenever one of the lanes has come further; `time` is when the batch was recorded. */
  readonly moved: (time: number | undefined) => void
  /** Up to where the log is read one message at a time, as one of a batch has failed there. */
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

/** What is done with what is read. */
interface Reader {
  /** Called once, with when the streams were created that are read. */
  readonly begin: (created: Lane["created"]) => void
  /** Resolves when the next batch can be taken. */
  readonly take: (messages: readonly FeedMessage[]) => Promise<void>
  /** Resolves when nothing is under way any more. */
  readonly end: () => Promise<unknown>
}

/** Reads the log from where the lanes of a generation are. */
export class Reading {
  /** The generation as it was last seen. */
  standing: Standing
  /** Its lanes as they were at the beginning, at positions in the projection's contexts. */
  readonly lanes: readonly Lane[]
  readonly #options: FollowerOptions<AnyProjection>
  #given: Positions
  #cursor: Cursor | undefined
  #stopped = false
  #error: unknown

  constructor(
    options: FollowerOptions<AnyProjection>,
    standing: Standing,
    lanes: readonly Lane[],
  ) {
    this.#options = options
    this.standing = standing
    const contexts = contextsOf(options.projection)
    this.lanes = lanes.map((lane) => ({ ...lane, positions: pick(lane.positions, contexts) }))
    this.#given = leastOf(this.lanes.map(({ positions }) => positions))
  }

  /** How far what was read has been taken. */
  get given(): Positions {
    return this.#given
  }

  /** Whether nothing more is to be taken. */
  get isStopped(): boolean {
    return this.#stopped
  }

  /** Whether another generation serves meanwhile. */
  get isBuilding(): boolean {
    return this.standing.state === "building"
  }

  /** Reads until it is stopped. Rejects with what it failed with. */
  async run({ begin, take, end }: Reader): Promise<void> {
    const { projection, feed } = this.#options
    const cursor = this.#cursor = await feed.open(this.#given)
    try {
      if (this.#stopped) return
      // Looked at once the cursor is open: from here on it notices itself when a stream changes.
      begin(await checkStreams(feed, projection, this.lanes))
      while (!this.#stopped) {
        const messages = await cursor.next(this.#isCareful() ? 1 : BATCH_MESSAGES)
        if (messages.length === 0 || this.#stopped) continue
        const started = performance.now()
        await take(messages)
        if (this.isBuilding) await rest((performance.now() - started) * BUILD_REST)
      }
    } finally {
      cursor.close()
      await end()
    }
    if (this.#error !== undefined) throw this.#error
  }

  /** Takes note that messages are taken; answers how far they go. */
  advance(messages: readonly FeedMessage[]): Positions {
    const reached: Record<string, number> = {}
    for (const { context, sequence } of messages) reached[context] = sequence
    this.#given = furtherOf(this.#given, reached)
    return reached
  }

  /** Lets `run` come to its end. */
  stop(): void {
    this.#stopped = true
    this.#cursor?.close()
  }

  /** Ends it with an error. */
  fail(error: unknown): void {
    // That of another lane that fails at the same time is most likely the same.
    if (this.#error === undefined || this.#error instanceof Overtaken) this.#error = error
    this.stop()
  }

  /** Tells all who listen how far a lane is, with the keys that have changed if they are known. */
  announce(lane: Lane, keys: readonly string[] | undefined): void {
    announce(this.#options.wire, this.standing, this.standing.lanes.length, lane, keys)
  }

  #isCareful(): boolean {
    const { carefulUntil } = this.#options
    return carefulUntil !== undefined && !reaches(this.#given, carefulUntil)
  }
}

/** The positions in these contexts; at the beginning where there is none. */
const pick = (positions: Positions, contexts: readonly string[]): Positions =>
  Object.fromEntries(contexts.map((context) => [context, positions[context] ?? 0]))

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
