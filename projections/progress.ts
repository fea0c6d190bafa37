/** Progress: how far views are, as announced, so that a query can wait for its own writes. */
import {
  decode,
  encode,
  formatPositions,
  hasReached,
  type Positions,
  progressSubject,
  type Serving,
  StaleView,
  Unavailable,
  type Wire,
} from "../contracts/mod.ts"
import { LOOK_AGAIN_MS } from "./limits.ts"
import { type AnyProjection, contextsOf } from "./projection.ts"
import { type Checkpoint, NotMade, type Store } from "./store.ts"

type Announced = Pick<Checkpoint, "revision" | "positions">

interface Waiter {
  readonly asked: Positions
  readonly done: () => void
}

/** Tells whoever waits how far a view is; `checkpoint` must be saved already. */
export const announce = (wire: Wire, { name }: AnyProjection, checkpoint: Checkpoint): void => {
  const { revision, positions } = checkpoint
  wire.publish(progressSubject(name), encode("json", { revision, positions }))
}

/** How far one view is, and who waits for it to come further. */
export class Progress {
  readonly #projection: AnyProjection
  readonly #store: Store
  readonly #beginning: Positions
  readonly #waiters = new Set<Waiter>()
  readonly #serving: readonly Serving[]
  #known: Announced | undefined
  #looking: Promise<Positions> | undefined
  #closed = false

  constructor(projection: AnyProjection, store: Store, wire: Wire) {
    this.#projection = projection
    this.#store = store
    this.#beginning = Object.fromEntries(contextsOf(projection).map((context) => [context, 0]))
    this.#serving = [
      wire.serve(
        progressSubject(projection.name),
        ({ payload }) => void this.#learn(decode("json", payload) as Announced),
      ),
      // What was announced while the connection was lost was not heard here.
      wire.onStatus(() => this.#known = undefined),
    ]
  }

  /**
   * The view's positions: rows that are read from now on are at least that far. Looks them up
   * only when nothing was announced yet. Rejects with `Unavailable`.
   */
  async positions(): Promise<Positions> {
    return this.#known?.positions ?? await this.#look()
  }

  /** Resolves once the view has reached these positions. Rejects with `StaleView` if it is late. */
  async wait(asked: Positions, until: number): Promise<void> {
    if (this.#reached(asked)) return
    let at = await this.#lookOrBeginning()
    while (!hasReached(at, asked)) {
      const left = until - Date.now()
      if (left <= 0) throw this.#stale(at, asked)
      if (this.#closed) throw new Unavailable({ message: "this server of queries was stopped" })
      await this.#announced(asked, Math.min(left, LOOK_AGAIN_MS))
      at = this.#reached(asked) ?? await this.#lookOrBeginning()
    }
  }

  /** Ends those who wait with `Unavailable`. */
  close(): void {
    this.#closed = true
    for (const { close } of this.#serving) close()
    for (const { done } of this.#waiters) done()
  }

  #reached(asked: Positions): Positions | undefined {
    const { positions = {} } = this.#known ?? {}
    return this.#known && hasReached(positions, asked) ? positions : undefined
  }

  /** Reads the checkpoint, once for all who want to know at the same time. */
  #look(): Promise<Positions> {
    return this.#looking ??= this.#store.checkpoint(this.#projection)
      .then((checkpoint) => this.#learn(checkpoint))
      .finally(() => this.#looking = undefined)
  }

  /** To those who wait, a view that will be made is one that has not come far yet. */
  async #lookOrBeginning(): Promise<Positions> {
    try {
      return await this.#look()
    } catch (error) {
      if (error instanceof NotMade) return this.#beginning
      throw error
    }
  }

  /** Resolves when these positions were announced, and at the latest after `withinMs`. */
  #announced(asked: Positions, withinMs: number): Promise<void> {
    if (this.#reached(asked)) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter = { asked, done }
      const timer = setTimeout(done, withinMs)
      this.#waiters.add(waiter)
    })
  }

  /** The revision decides: a view that was made anew is at the beginning again. */
  #learn(heard: Announced): Positions {
    const { revision, positions } = heard
    const known = this.#known && this.#known.revision > revision
      ? this.#known
      : { revision, positions: { ...this.#beginning, ...positions } }
    this.#known = known
    for (const waiter of this.#waiters) {
      if (hasReached(known.positions, waiter.asked)) waiter.done()
    }
    return known.positions
  }

  #stale(at: Positions, asked: Positions): StaleView {
    return new StaleView({
      message: `the view ${this.#projection.name} is at ${formatPositions(at)} and has not ` +
        `reached ${formatPositions(asked)} in time: ask again`,
      asked: formatPositions(asked),
      at: formatPositions(at),
    })
  }
}
