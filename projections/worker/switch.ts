/** A switch: lets a generation that was built serve, once it has caught up with the log. */
import type { Positions } from "../../contracts/internal.ts"
import type { Feed } from "../log/feed.ts"
import type { Generation } from "../store/generation.ts"
import { reaches } from "../store/lane.ts"
import type { Store } from "../store/store.ts"

/** The most that the known end of the log can be old, in milliseconds. */
const FRESH_MS = 1_000

/** Tries to switch, for as long as a generation is building. */
export class Switch {
  readonly #feed: Feed
  readonly #store: Pick<Store, "serve">
  readonly #contexts: readonly string[]
  #end: { readonly positions: Positions; readonly seen: number } | undefined
  #busy = false

  constructor(feed: Feed, store: Pick<Store, "serve">, contexts: readonly string[]) {
    this.#feed = feed
    this.#store = store
    this.#contexts = contexts
  }

  /**
   * Switches if the generation has reached where the log ended a moment ago; `own` is how far the
   * lanes known here are. Answers whether it has switched.
   */
  async attempt(generation: Generation, own: Positions): Promise<boolean> {
    if (this.#busy) return false
    this.#busy = true
    try {
      if (this.#end && !reaches(own, this.#end.positions)) return false
      const end = this.#end = await this.#freshEnd()
      return reaches(own, end.positions) && await this.#store.serve(generation, end.positions)
    } finally {
      this.#busy = false
    }
  }

  async #freshEnd() {
    const seen = performance.now()
    if (this.#end && seen - this.#end.seen < FRESH_MS) return this.#end
    const positions: Record<string, number> = {}
    for (const context of this.#contexts) {
      positions[context] = (await this.#feed.stream(context)).last
    }
    return { positions, seen }
  }
}
