/** The runner: reads the log and folds it into views, each with the checkpoint of its rows. */
import { Effect } from "effect"
import {
  isFailure,
  type Positions,
  reportError,
  reportWarning,
  type Wire,
} from "../contracts/mod.ts"
import type { Cursor, Feed, FeedMessage } from "./feed.ts"
import { foldEvents, keyedEvents } from "./fold.ts"
import { BATCH_MESSAGES, RETRY_MS, STANDBY_MS, STOP_MS } from "./limits.ts"
import { announce } from "./progress.ts"
import { type AnyProjection, contextsOf } from "./projection.ts"
import type { Checkpoint, Store } from "./store.ts"

/** What running projections needs. */
export interface RunnerOptions {
  readonly projections: readonly AnyProjection[]
  readonly feed: Feed
  readonly store: Store
  /** Where progress is announced. */
  readonly wire: Wire
}

/** How a projection is doing. */
export interface ProjectionHealth {
  readonly name: string
  readonly positions: Positions
  /** Whether it has reached what was in the log when it started, and goes on. */
  readonly caughtUp: boolean
  /** Why it cannot go on now. */
  readonly failure?: string
}

/** Projections at work. */
export interface RunningProjections {
  readonly health: () => readonly ProjectionHealth[]
  /** Resolves when no save is under way any more, or takes too long. */
  readonly stop: () => Promise<void>
}

/** Another worker has saved: not a failure, as that one does the work. */
class Overtaken extends Error {}

class Runner {
  readonly #projection: AnyProjection
  readonly #options: RunnerOptions
  #positions: Positions = {}
  #target: Positions | undefined
  #caughtUp = false
  #failure: string | undefined
  #failures = 0
  #prepared = false
  #cursor: Cursor | undefined

  constructor(projection: AnyProjection, options: RunnerOptions) {
    this.#projection = projection
    this.#options = options
  }

  health(): ProjectionHealth {
    return {
      name: this.#projection.name,
      positions: this.#positions,
      caughtUp: this.#caughtUp && this.#failure === undefined,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  /** Runs until it is stopped; after a failure it starts again from the checkpoint. */
  async run(stopping: AbortSignal): Promise<void> {
    stopping.addEventListener("abort", () => this.#cursor?.close())
    while (!stopping.aborted) {
      try {
        await this.#follow(stopping)
      } catch (error) {
        const restMs = error instanceof Overtaken ? STANDBY_MS : this.#fail(error)
        await Effect.runPromiseExit(Effect.sleep(restMs), { signal: stopping })
      }
    }
  }

  async #follow(stopping: AbortSignal): Promise<void> {
    const { store, feed } = this.#options
    // Only once: another version of this program may make the view anew, in its own shape.
    if (!this.#prepared) await store.prepare(this.#projection)
    this.#prepared = true
    const found = await store.checkpoint(this.#projection)
    let checkpoint: Checkpoint = { ...found, positions: this.#start(found) }
    const cursor = this.#cursor = await feed.open(checkpoint.positions)
    try {
      // Looked at once the cursor is open: from here on it notices itself when a stream changes.
      const streams = await this.#streams(checkpoint)
      this.#started(checkpoint, streams.last)
      while (!stopping.aborted) {
        const messages = await cursor.next(BATCH_MESSAGES)
        if (messages.length === 0) continue
        checkpoint = await this.#save(messages, checkpoint, streams.created)
        this.#saved(checkpoint)
      }
    } finally {
      cursor.close()
    }
  }

  #start({ positions }: Checkpoint): Positions {
    return Object.fromEntries(
      contextsOf(this.#projection).map((context) => [context, positions[context] ?? 0]),
    )
  }

  /** The streams as they are; throws when the checkpoint is of streams that are no more. */
  async #streams({ positions, created: known }: Checkpoint) {
    const created: Record<string, string> = {}
    const last: Record<string, number> = {}
    for (const context of contextsOf(this.#projection)) {
      const stream = await this.#options.feed.stream(context)
      const before = known[context]
      if (before !== undefined && before !== stream.created) {
        throw new Error(
          `the stream of ${context} was created anew at ${stream.created}, but the view is of ` +
            `the one created at ${before}: restore that stream, or drop the view and its ` +
            "checkpoint and start again to fold this one",
        )
      }
      const position = positions[context] ?? 0
      if (position > stream.last) {
        throw new Error(
          `the stream of ${context} ends at ${stream.last}, but the view has folded it up to ` +
            `${position}: the stream has lost messages; restore it, or drop the view and its ` +
            "checkpoint and start again",
        )
      }
      created[context] = stream.created
      last[context] = stream.last
    }
    this.#target ??= last
    return { created, last }
  }

  async #save(
    messages: readonly FeedMessage[],
    before: Checkpoint,
    created: Record<string, string>,
  ): Promise<Checkpoint> {
    const { store } = this.#options
    const events = keyedEvents(this.#projection, messages)
    const keys = [...new Set(events.map(({ key }) => key))]
    const loaded = keys.length > 0 ? await store.load(this.#projection, keys) : new Map()
    const changes = foldEvents(this.#projection, events, loaded)
    const positions: Record<string, number> = { ...before.positions }
    for (const { context, sequence } of messages) positions[context] = sequence
    const saved = await store.save(this.#projection, changes, before, { positions, created })
    if (!saved) throw new Overtaken()
    return { revision: before.revision + 1, positions, created }
  }

  /** What failed before may fail again, so it is forgotten only when there is nothing to do. */
  #started(checkpoint: Checkpoint, last: Positions): void {
    if (reaches(checkpoint.positions, last)) this.#failure = undefined
    this.#reached(checkpoint)
  }

  #saved(checkpoint: Checkpoint): void {
    this.#failure = undefined
    this.#failures = 0
    this.#reached(checkpoint)
  }

  #reached(checkpoint: Checkpoint): void {
    this.#positions = checkpoint.positions
    this.#caughtUp ||= reaches(checkpoint.positions, this.#target ?? {})
    announce(this.#options.wire, this.#projection, checkpoint)
  }

  /** Notes a failure; returns how long to rest, in milliseconds. */
  #fail(error: unknown): number {
    const reason = error instanceof Error ? error.message : String(error)
    if (this.#failure !== reason) {
      const what = `the projection ${this.#projection.name} cannot go on`
      if (isFailure(error) && error._tag === "Unavailable") reportWarning(`${what}: ${reason}`)
      else reportError(what, error)
    }
    this.#failure = reason
    return Math.min(50 * 2 ** this.#failures++, RETRY_MS)
  }
}

const reaches = (positions: Positions, last: Positions): boolean =>
  Object.entries(last).every(([context, sequence]) => (positions[context] ?? 0) >= sequence)

/** Starts to fold these projections. Failures are retried, and shown by `health`. */
export const startProjections = (options: RunnerOptions): RunningProjections => {
  const stopping = new AbortController()
  const runners = options.projections.map((projection) => new Runner(projection, options))
  const running = Promise.all(runners.map((runner) => runner.run(stopping.signal)))
  return {
    health: () => runners.map((runner) => runner.health()),
    stop: async () => {
      stopping.abort()
      await Effect.runPromise(
        Effect.promise(() => running).pipe(Effect.timeoutOption(STOP_MS)),
      )
    },
  }
}
