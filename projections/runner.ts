/** The runner: reads the log, folds it into views, and moves each view's checkpoint with its rows. */
import { Effect, Exit, Schedule } from "effect"
import {
  encode,
  isFailure,
  type Positions,
  progressSubject,
  reportError,
  type Wire,
} from "../contracts/mod.ts"
import type { Cursor, Feed, FeedMessage } from "./feed.ts"
import { foldEvents, keyedEvents } from "./fold.ts"
import { BATCH_MESSAGES } from "./limits.ts"
import type { AnyProjection } from "./projection.ts"
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
  readonly stop: () => Promise<void>
}

const backoff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("5 seconds")])

/** The contexts that a projection reads. */
export const contextsOf = ({ from }: AnyProjection): string[] => [
  ...new Set(from.map(({ context }) => context)),
]

class Runner {
  readonly #projection: AnyProjection
  readonly #options: RunnerOptions
  #positions: Positions = {}
  #target: Positions | undefined
  #caughtUp = false
  #failure: string | undefined
  #cursor: Cursor | undefined
  #stopped = false

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
  async run(signal: AbortSignal): Promise<void> {
    const once = Effect.tryPromise({ try: () => this.#follow(), catch: (error) => error }).pipe(
      Effect.tapError((error) => Effect.sync(() => this.#fail(error))),
      Effect.retry(backoff),
    )
    const exit = await Effect.runPromiseExit(once, { signal })
    if (Exit.isFailure(exit) && !signal.aborted) reportError(`${this.#projection.name} ended`, exit)
  }

  stop(): void {
    this.#stopped = true
    this.#cursor?.close()
  }

  async #follow(): Promise<void> {
    const { store, feed } = this.#options
    await store.prepare(this.#projection)
    const found = await store.checkpoint(this.#projection)
    const created = await this.#streams(found)
    let checkpoint: Checkpoint = { ...found, positions: this.#start(found) }
    const cursor = this.#cursor = await feed.open(checkpoint.positions)
    try {
      this.#reached(checkpoint.positions)
      while (!this.#stopped) {
        const messages = await cursor.next(BATCH_MESSAGES)
        if (messages.length === 0) continue
        checkpoint = await this.#save(messages, checkpoint, created)
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

  /** When each stream was created; throws when a checkpoint is of a stream that is no more. */
  async #streams(checkpoint: Checkpoint): Promise<Record<string, string>> {
    const created: Record<string, string> = {}
    const target: Record<string, number> = {}
    for (const context of contextsOf(this.#projection)) {
      const stream = await this.#options.feed.stream(context)
      const known = checkpoint.created[context]
      if (known !== undefined && known !== stream.created) {
        throw new Error(
          `the stream of ${context} was created anew at ${stream.created}, but the view is of ` +
            `the one created at ${known}: restore that stream, or drop the view to fold this one`,
        )
      }
      created[context] = stream.created
      target[context] = stream.last
    }
    this.#target ??= target
    return created
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
    if (!await store.save(this.#projection, changes, before, { positions, created })) {
      throw new Error("another worker has written this view: starting again from its checkpoint")
    }
    this.#reached(positions)
    return { revision: before.revision + 1, positions, created }
  }

  #reached(positions: Positions): void {
    this.#positions = positions
    this.#failure = undefined
    this.#caughtUp ||= Object.entries(this.#target ?? {}).every(([context, last]) =>
      (positions[context] ?? 0) >= last
    )
    this.#options.wire.publish(
      progressSubject(this.#projection.name),
      encode("json", positions),
    )
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const outage = isFailure(error) && error._tag === "Unavailable"
    if (this.#failure !== reason && !outage) {
      reportError(`the projection ${this.#projection.name} cannot go on`, error)
    }
    this.#failure = reason
  }
}

/** Starts to fold these projections. Failures are retried, and shown by `health`. */
export const startProjections = (options: RunnerOptions): RunningProjections => {
  const stopping = new AbortController()
  const runners = options.projections.map((projection) => new Runner(projection, options))
  const running = runners.map((runner) => runner.run(stopping.signal))
  return {
    health: () => runners.map((runner) => runner.health()),
    stop: async () => {
      for (const runner of runners) runner.stop()
      stopping.abort()
      await Promise.all(running)
    },
  }
}
