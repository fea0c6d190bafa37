/** The runner: a worker that folds projections, and shares their lanes with other workers. */
import { Effect } from "effect"
import type { Wire } from "../../wire/internal.ts"
import type { Feed } from "../log/feed.ts"
import { BEAT_MS, CLAIM_MS, STOP_MS } from "../limits.ts"
import { hosted, type Member } from "../store/membership.ts"
import { type ProjectionHealth, ProjectionWorker } from "./projection-worker.ts"
import type { AnyProjection } from "../projection.ts"
import type { Store } from "../store/store.ts"

/** What running projections needs. */
export interface RunnerOptions {
  readonly projections: readonly AnyProjection[]
  readonly feed: Feed
  readonly store: Store
  /** Where progress is announced. */
  readonly wire: Wire
}

/** Projections at work. */
export interface RunningProjections {
  readonly health: () => readonly ProjectionHealth[]
  /** Resolves when no save is in progress, or when stopping takes too long. */
  readonly stop: () => Promise<void>
}

class Runner {
  readonly #options: RunnerOptions
  readonly #id = crypto.randomUUID()
  readonly #workers: readonly ProjectionWorker[]

  constructor(options: RunnerOptions) {
    const { projections } = options
    this.#options = options
    this.#workers = projections.map((projection) =>
      new ProjectionWorker(projection, options, this.#id)
    )
  }

  health(): readonly ProjectionHealth[] {
    return this.#workers.map((worker) => worker.health())
  }

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.#beat()
      await Effect.runPromiseExit(Effect.sleep(BEAT_MS), { signal: stopping })
    }
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    // If this cannot be told, the others notice its silence.
    await this.#options.store.leave(this.#id).catch(() => {})
  }

  /** Claims what is not claimed yet. A slow claim does not delay the others. */
  async #claim(): Promise<void> {
    const claims = Promise.all(this.#workers.map((worker) => worker.claim()))
    await Effect.runPromise(Effect.promise(() => claims).pipe(Effect.timeoutOption(CLAIM_MS)))
  }

  /** It announces only what it has claimed: it would otherwise get lanes that nobody folds. */
  #member(): Member {
    const claimed = this.#options.projections.filter((_, index) => this.#workers[index]?.claimed)
    return { id: this.#id, hosts: claimed.map(({ name, version }) => hosted(name, version)) }
  }

  /** Announces that it is alive, sees the other workers and what there is to fold, and adapts. */
  async #beat(): Promise<void> {
    const { store, projections } = this.#options
    try {
      await this.#claim()
      const members = await store.beat(this.#member())
      const statuses = await store.statuses(projections.map(({ name }) => name))
      const unreadable = await store.unreadableCounts()
      await Promise.all(
        this.#workers.map((worker) => worker.update(members, statuses, unreadable)),
      )
    } catch (error) {
      for (const worker of this.#workers) worker.fail(error)
    }
  }
}

/** Starts to fold these projections. Failures are retried, and `health` shows them. */
export const startProjections = (options: RunnerOptions): RunningProjections => {
  const stopping = new AbortController()
  const runner = new Runner(options)
  const running = runner.run(stopping.signal)
  return {
    health: () => runner.health(),
    stop: async () => {
      stopping.abort()
      await Effect.runPromise(
        Effect.promise(() => running).pipe(Effect.timeoutOption(STOP_MS)),
      )
    },
  }
}
