/** Refusals: which rows of a batch a store refuses, and how many of their events each accepts. */
import type { RefusedKey, RefusedKeys } from "./fold.ts"
import type { KeyedEvent } from "./keyed-event.ts"
import { reasonOf } from "./keyed-event.ts"
import type { RefusedRow } from "../store/refused-row.ts"

/** Folds events with these keys refused, and answers which of the rows the store then refuses. */
export type Probe = (
  events: readonly KeyedEvent[],
  refused: RefusedKeys,
) => Promise<ReadonlyMap<string, RefusedRow>>

/** How many events of a key its row surely accepts, and with how many it is refused. */
interface Search {
  low: number
  high: number
  reason: string
}

/** Finds where each row of a batch is first refused, for all rows in parallel. */
class Finder {
  readonly #events: readonly KeyedEvent[]
  readonly #probe: Probe
  readonly #counts = new Map<string, number>()
  readonly #found = new Map<string, Required<RefusedKey>>()

  constructor(events: readonly KeyedEvent[], probe: Probe) {
    this.#events = events
    this.#probe = probe
    for (const { key, recorded } of events) {
      if (recorded) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
  }

  async find(): Promise<RefusedKeys> {
    // A row that keeps its old values can collide with another one, so all are checked again.
    for (;;) {
      const refused = await this.#probe(this.#events, this.#found)
      if (refused.size === 0) return this.#found
      await this.#narrow(refused)
    }
  }

  /** Records how many of its events each of these rows accepts. */
  async #narrow(refused: ReadonlyMap<string, RefusedRow>): Promise<void> {
    const searches = new Map<string, Search>()
    for (const [key, error] of refused) {
      const reason = reasonOf(error)
      const count = this.#counts.get(key) ?? 0
      // The search has looked here before, so another row now collides with this one.
      if (count <= 1 || this.#found.has(key)) this.#found.set(key, { reason, accepted: 0 })
      else searches.set(key, { low: 0, high: count, reason })
    }
    while (searches.size > 0) await this.#halve(searches)
  }

  async #halve(searches: Map<string, Search>): Promise<void> {
    const guesses = new Map<string, Required<RefusedKey>>()
    for (const [key, { low, high, reason }] of searches) {
      const accepted = Math.floor((low + high) / 2)
      if (accepted > low) guesses.set(key, { reason, accepted })
      else {
        this.#found.set(key, { reason, accepted })
        searches.delete(key)
      }
    }
    if (guesses.size === 0) return
    const events = this.#events.filter(({ key }) => guesses.has(key))
    const refused = await this.#probe(events, guesses)
    for (const [key, { accepted }] of guesses) {
      const search = searches.get(key)!
      const error = refused.get(key)
      if (error) Object.assign(search, { high: accepted, reason: reasonOf(error) })
      else search.low = accepted
    }
  }
}

/**
 * The keys whose rows a store refuses after these events. Each row takes the events before the one
 * that makes it refused, as if they had been saved one by one.
 */
export const refusalsOf = (events: readonly KeyedEvent[], probe: Probe): Promise<RefusedKeys> =>
  new Finder(events, probe).find()
