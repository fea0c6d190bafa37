/** Progress: how far views are, as announced, so that a query can wait for its own writes. */
import {
  decode,
  formatPositions,
  hasReached,
  type Positions,
  progressSubject,
  type Serving,
  StaleView,
  type Wire,
} from "../contracts/mod.ts"
import { LOOK_AGAIN_MS } from "./limits.ts"
import type { AnyProjection } from "./projection.ts"
import { contextsOf } from "./runner.ts"
import type { Store } from "./store.ts"

interface Waiter {
  readonly asked: Positions
  readonly done: () => void
}

/** How far one view is, and who waits for it to come further. */
export class Progress {
  readonly #projection: AnyProjection
  readonly #store: Store
  readonly #waiters = new Set<Waiter>()
  readonly #serving: Serving
  #positions: Positions

  constructor(projection: AnyProjection, store: Store, wire: Wire) {
    this.#projection = projection
    this.#store = store
    this.#positions = Object.fromEntries(contextsOf(projection).map((context) => [context, 0]))
    this.#serving = wire.serve(
      progressSubject(projection.name),
      ({ payload }) => this.#advance(decode("json", payload) as Positions),
    )
  }

  /** The view's positions as its checkpoint has them now. */
  async look(): Promise<Positions> {
    const { positions } = await this.#store.checkpoint(this.#projection)
    this.#advance(positions)
    return this.#positions
  }

  /** Resolves once the view has reached these positions. Rejects with `StaleView` if it is late. */
  async wait(asked: Positions, until: number): Promise<void> {
    if (hasReached(this.#positions, asked)) return
    await this.look()
    while (!hasReached(this.#positions, asked)) {
      const left = until - Date.now()
      if (left <= 0) throw this.#stale(asked)
      if (!await this.#announced(asked, Math.min(left, LOOK_AGAIN_MS))) await this.look()
    }
  }

  close(): void {
    this.#serving.close()
    for (const { done } of this.#waiters) done()
  }

  #announced(asked: Positions, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(reached)
      }
      const waiter = { asked, done: () => settle(true) }
      const timer = setTimeout(() => settle(false), withinMs)
      this.#waiters.add(waiter)
    })
  }

  #advance(positions: Positions): void {
    const merged: Record<string, number> = { ...this.#positions }
    for (const [context, sequence] of Object.entries(positions)) {
      if (context in merged) merged[context] = Math.max(merged[context] ?? 0, sequence)
    }
    this.#positions = merged
    for (const waiter of this.#waiters) {
      if (hasReached(merged, waiter.asked)) waiter.done()
    }
  }

  #stale(asked: Positions): StaleView {
    const at = formatPositions(this.#positions)
    return new StaleView({
      message: `the view ${this.#projection.name} is at ${at} and has not reached ` +
        `${formatPositions(asked)} in time: ask again`,
      asked: formatPositions(asked),
      at,
    })
  }
}
