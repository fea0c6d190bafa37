/** Progress: how far views are, as announced, so that a query can wait for its own writes. */
import {
  formatPositions,
  hasReached,
  type Positions,
  StaleView,
  Unavailable,
} from "../../contracts/internal.ts"
import type { Serving, Wire } from "../../wire/internal.ts"
import { type Announcement, hearAnnouncements } from "../worker/announcement.ts"
import type { Generation, Standing } from "../store/generation.ts"
import { furtherOf, leastOf } from "../store/lane.ts"
import { LOOK_AGAIN_MS, TRUST_MS } from "../limits.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"
import { NotMade, type Store } from "../store/store.ts"

/** The generation that serves, and how far its rows are at least when they are read from now on. */
export interface View {
  readonly generation: Generation
  readonly positions: Positions
}

/** What was announced of one generation. */
interface Known {
  readonly generation: Generation
  /** How far each of its lanes is. These never go back, whoever folds them. */
  readonly lanes: Positions[]
  positions: Positions
}

interface Waiter {
  readonly asked: Positions
  readonly done: () => void
}

const lanesText = (generation: number, lanes: number): string => `${generation}/${lanes}`

/** How far one view is, and who waits for it to come further. */
export class Progress {
  readonly #projection: AnyProjection
  readonly #store: Store
  readonly #beginning: Positions
  readonly #waiters = new Set<Waiter>()
  readonly #serving: readonly Serving[]
  #known: Known | undefined
  /** What was announced of generations that are not known yet. */
  readonly #early = new Map<string, Positions[]>()
  /** When the store or a worker has last said how far it is. */
  #heard = -Infinity
  #looking: Promise<View> | undefined
  #closed = false

  constructor(projection: AnyProjection, store: Store, wire: Wire) {
    this.#projection = projection
    this.#store = store
    this.#beginning = Object.fromEntries(contextsOf(projection).map((context) => [context, 0]))
    this.#serving = [
      hearAnnouncements(wire, projection.name, (announcement) => this.#hear(announcement)),
      // What was announced while the connection was lost was not heard here.
      wire.onStatus(() => this.#known = undefined),
    ]
  }

  /**
   * The view as it is. Looks it up only when nothing was heard of it lately. Rejects with
   * `Unavailable`, which is `NotMade` when there is none.
   */
  async view(): Promise<View> {
    return this.#trusted() ?? await this.look()
  }

  /** The view once it has reached these positions. Rejects with `StaleView` if it is late. */
  async wait(asked: Positions, until: number): Promise<View> {
    let view: View | undefined = this.#reached(asked) ?? await this.#lookOrNothing()
    while (!view || !hasReached(view.positions, asked)) {
      const left = until - Date.now()
      if (left <= 0) throw this.#stale(view?.positions ?? this.#beginning, asked)
      if (this.#closed) throw new Unavailable({ message: "this server of queries was stopped" })
      await this.#announced(asked, Math.min(left, LOOK_AGAIN_MS))
      view = this.#reached(asked) ?? await this.#lookOrNothing()
    }
    return view
  }

  /** Reads how far it is from the store, once for all who want to know at the same time. */
  look(): Promise<View> {
    return this.#looking ??= this.#store.serving(this.#projection.name)
      .then((standing) => this.#learn(standing))
      .finally(() => this.#looking = undefined)
  }

  /** Ends those who wait with `Unavailable`. */
  close(): void {
    this.#closed = true
    for (const { close } of this.#serving) close()
    for (const { done } of this.#waiters) done()
  }

  /** What is known, unless nothing was heard for long, or of another generation. */
  #trusted(): Known | undefined {
    return performance.now() - this.#heard < TRUST_MS ? this.#known : undefined
  }

  #reached(asked: Positions): View | undefined {
    const known = this.#trusted()
    return known && hasReached(known.positions, asked) ? known : undefined
  }

  /** To those who wait, a view that will be made is one that has not come far yet. */
  async #lookOrNothing(): Promise<View | undefined> {
    try {
      return await this.look()
    } catch (error) {
      if (error instanceof NotMade) return undefined
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

  /** What a worker says of the generation that serves; of another one it says to look again. */
  #hear({ generation, state, lane, lanes, positions }: Announcement): void {
    const known = this.#known
    if (generation !== known?.generation.number || lanes !== known.lanes.length) {
      if (state !== "serving") return
      const early = this.#early.get(lanesText(generation, lanes)) ?? []
      early[lane] = furtherOf(early[lane] ?? this.#beginning, positions)
      this.#early.set(lanesText(generation, lanes), early)
      // Whether it is that one or the known one that serves, the store can say.
      this.#heard = -Infinity
      for (const { done } of this.#waiters) done()
      return
    }
    this.#heard = performance.now()
    known.lanes[lane] = furtherOf(known.lanes[lane] ?? this.#beginning, positions)
    this.#tell(known)
  }

  #learn(standing: Standing): View {
    const known = this.#known
    const isSame = known?.generation.number === standing.number &&
      known.lanes.length === standing.lanes.length
    const early = this.#early.get(lanesText(standing.number, standing.lanes.length))
    this.#early.clear()
    const lanes = standing.lanes.map(({ lane, positions }) => {
      // What was announced may be further than what was saved.
      const before = isSame ? known.lanes[lane] : early?.[lane]
      return furtherOf(before ?? this.#beginning, positions)
    })
    this.#heard = performance.now()
    this.#known = { generation: standing, lanes, positions: {} }
    return this.#tell(this.#known)
  }

  #tell(known: Known): View {
    known.positions = leastOf(known.lanes)
    for (const waiter of this.#waiters) {
      if (hasReached(known.positions, waiter.asked)) waiter.done()
    }
    return { generation: known.generation, positions: known.positions }
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
