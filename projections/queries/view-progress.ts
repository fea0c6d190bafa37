/** The progress of views: positions, as announced, so that a query can wait for its own writes. */
import {
  formatPositions,
  hasReached,
  isFailure,
  type Positions,
  StaleView,
} from "../../contracts/internal.ts"
import type { Serving, Wire } from "../../wire/internal.ts"
import { hearAnnouncements, type ViewAnnouncement } from "../worker/announcement.ts"
import type { Generation, GenerationStatus } from "../store/generation.ts"
import { furtherOf, leastOf } from "../store/lane.ts"
import { APPENDED_PER_MS, END_CHECK_MS, END_FAR, LOOK_AGAIN_MS, TRUST_MS } from "../limits.ts"
import { ViewChanges } from "./view-changes.ts"
import { stopped, unreachable } from "./view-failures.ts"
import type { StreamEnds } from "./stream-ends.ts"
import type { Leave, Waiting } from "./waiting.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"
import { NotMade, type Store } from "../store/store.ts"

/** The serving generation, and a position that its rows include if they are read from now on. */
export interface View {
  readonly generation: Generation
  readonly positions: Positions
}

/** What is known of one generation. */
interface Known {
  readonly generation: Generation
  /**
   * How far each of its lanes is. These positions never go back, even if another worker takes over.
   */
  readonly lanes: Positions[]
  positions: Positions
}

/** A query that waits. It settles once. */
interface Waiter {
  readonly asked: Positions
  readonly until: number
  readonly reached: (view: View) => void
  readonly failed: (error: unknown) => void
}

/** The services that all views of one process share. */
export interface ViewProgressServices {
  readonly store: Store
  readonly wire: Wire
  readonly waiting: Waiting
  readonly ends: StreamEnds
}

const lanesText = (generation: number, lanes: number): string => `${generation}/${lanes}`

/** The position of one view, and the queries that wait for it. */
export class ViewProgress {
  /** The changes of its rows, for callers that wait for the next one. */
  readonly changes = new ViewChanges()
  readonly #projection: AnyProjection
  readonly #store: Store
  readonly #waiting: Waiting
  readonly #ends: StreamEnds
  readonly #beginning: Positions
  readonly #waiters = new Set<Waiter>()
  readonly #serving: readonly Serving[]
  #known: Known | undefined
  /** Announcements of generations that are not known yet. */
  readonly #early = new Map<string, Positions[]>()
  /** When the store or a worker last reported the position. */
  #heard = -Infinity
  #looking: Promise<View> | undefined
  #closed = false

  #looker: ReturnType<typeof setInterval> | undefined

  constructor(projection: AnyProjection, services: ViewProgressServices) {
    const { store, wire, waiting, ends } = services
    this.#projection = projection
    this.#store = store
    this.#waiting = waiting
    this.#ends = ends
    this.#beginning = Object.fromEntries(contextsOf(projection).map((context) => [context, 0]))
    this.#serving = [
      hearAnnouncements(wire, projection.name, (announcement) => this.#hear(announcement)),
      // Announcements made while the connection was lost were missed.
      wire.onStatus(() => {
        this.#known = undefined
        this.changes.forget()
      }),
    ]
  }

  /**
   * The view as it is now. Looked up only if nothing was heard of it lately. Rejects with
   * `Unavailable`, or with `NotMade` if the view does not exist.
   */
  async view(): Promise<View> {
    return this.#trusted() ?? await this.look()
  }

  /**
   * The view once it has reached these positions. Rejects with `StaleView` if that takes too long,
   * at once with `Invalid` for a position that its log cannot reach in time, and with `Overloaded`
   * if too many queries wait.
   */
  async wait(asked: Positions, until: number): Promise<View> {
    const view = this.#reached(asked) ?? await this.#lookOrNothing()
    if (view && hasReached(view.positions, asked)) return view
    // The position may have been announced since the store was read.
    const reached = this.#reached(asked)
    if (reached) return reached
    if (this.#closed) throw stopped()
    if (until <= Date.now()) throw this.#stale(view?.positions ?? this.#beginning, asked)
    const leave = this.#waiting.enter(this.#projection.name)
    try {
      return await this.#announced(asked, until)
    } finally {
      leave()
    }
  }

  /** Reads the position from the store, once for all callers at the same time. */
  look(): Promise<View> {
    return this.#looking ??= this.#store.serving(this.#projection.name)
      .then((status) => this.#learn(status))
      .finally(() => this.#looking = undefined)
  }

  /** Rejects all waiting queries with `Unavailable`. */
  close(): void {
    this.#closed = true
    for (const { close } of this.#serving) close()
    for (const { failed } of this.#waiters) failed(stopped())
    this.changes.forget()
  }

  /** What is known, if an announcement came lately. */
  #trusted(): Known | undefined {
    return performance.now() - this.#heard < TRUST_MS ? this.#known : undefined
  }

  #reached(asked: Positions): View | undefined {
    const known = this.#trusted()
    return known && hasReached(known.positions, asked) ? known : undefined
  }

  /** Looks. For a query that waits, a view that does not exist yet is one at its beginning. */
  async #lookOrNothing(): Promise<View | undefined> {
    try {
      return await this.look()
    } catch (error) {
      if (error instanceof NotMade) return undefined
      throw error
    }
  }

  /** Resolves when these positions are announced, or found by another look. */
  async #announced(asked: Positions, until: number): Promise<View> {
    const timers: ReturnType<typeof setTimeout>[] = []
    let [leave, settled]: [Leave, boolean] = [() => {}, false]
    let waiter: Waiter | undefined
    try {
      return await new Promise<View>((reached, failed) => {
        const own = { asked, until, reached, failed }
        waiter = own
        this.#waiters.add(own)
        this.#looker ??= setInterval(() => void this.#lookAgain(), LOOK_AGAIN_MS)
        timers.push(setTimeout(() => failed(this.#late(asked)), until - Date.now()))
        const entered = (beyond: Leave) => settled ? beyond() : leave = beyond
        const check = () => void this.#check(own).then(entered, failed)
        const after = this.#isFar(asked) ? 0 : END_CHECK_MS
        if (this.#beyond(asked).length > 0) timers.push(setTimeout(check, after))
      })
    } finally {
      settled = true
      leave()
      timers.forEach(clearTimeout)
      this.#waiters.delete(waiter!)
      if (this.#waiters.size === 0) {
        clearInterval(this.#looker)
        this.#looker = undefined
      }
    }
  }

  /** The contexts whose logs, as far as this process knows, end before the asked position. */
  #beyond(asked: Positions): string[] {
    return Object.keys(this.#beginning).filter((context) =>
      (asked[context] ?? 0) > this.#ends.known(context)
    )
  }

  /** Whether a position is so far beyond the view that it most likely does not exist. */
  #isFar(asked: Positions): boolean {
    const at = this.#known?.positions ?? this.#beginning
    return this.#beyond(asked).some((context) =>
      (asked[context] ?? 0) > (at[context] ?? 0) + END_FAR
    )
  }

  /**
   * Asks where the logs end. Rejects if a position cannot come. If it can still come, takes a place
   * among those that wait beyond the end, and returns it.
   */
  async #check({ asked, until }: Waiter): Promise<Leave> {
    let isBeyond = false
    for (const context of this.#beyond(asked)) {
      let end: number | undefined
      try {
        end = await this.#ends.read(context)
      } catch (error) {
        // The query keeps waiting: a log that cannot be asked says nothing about the view.
        if (!isFailure(error)) throw error
        continue
      }
      const wanted = asked[context] ?? 0
      const most = (end ?? 0) + Math.max(0, until - Date.now()) * APPENDED_PER_MS
      if (end === undefined || wanted > most) throw unreachable(context, wanted, end)
      isBeyond ||= wanted > end
    }
    return isBeyond ? this.#waiting.enterBeyond() : () => {}
  }

  /** Looks for all waiting queries, because an announcement can get lost. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#lookOrNothing()
    } catch (error) {
      for (const { failed } of this.#waiters) failed(error)
    }
  }

  #late(asked: Positions): StaleView {
    return this.#stale(this.#known?.positions ?? this.#beginning, asked)
  }

  /** Takes an announcement of the known generation. One of another generation leads to a look. */
  #hear({ generation, state, lane, lanes, positions, keys }: ViewAnnouncement): void {
    const known = this.#known
    if (generation !== known?.generation.number || lanes !== known.lanes.length) {
      if (state !== "serving") return
      const early = this.#early.get(lanesText(generation, lanes)) ?? []
      early[lane] = furtherOf(early[lane] ?? this.#beginning, positions)
      this.#early.set(lanesText(generation, lanes), early)
      // Only the store can tell which of the two serves.
      this.#heard = -Infinity
      this.changes.forget()
      if (this.#waiters.size > 0) void this.#lookAgain()
      return
    }
    this.#heard = performance.now()
    known.lanes[lane] = furtherOf(known.lanes[lane] ?? this.#beginning, positions)
    this.#tell(known)
    if (keys === undefined || keys.length > 0) this.changes.note(positions)
  }

  #learn(status: GenerationStatus): View {
    const known = this.#known
    const isSame = known?.generation.number === status.number &&
      known.lanes.length === status.lanes.length
    const early = this.#early.get(lanesText(status.number, status.lanes.length))
    this.#early.clear()
    const lanes = status.lanes.map(({ lane, positions }) => {
      // An announcement can be further than what the store gave.
      const before = isSame ? known.lanes[lane] : early?.[lane]
      return furtherOf(before ?? this.#beginning, positions)
    })
    this.#heard = performance.now()
    this.#known = { generation: status, lanes, positions: {} }
    const view = this.#tell(this.#known)
    this.changes.begin(view.positions)
    return view
  }

  #tell(known: Known): View {
    known.positions = leastOf(known.lanes)
    for (const [context, sequence] of Object.entries(known.positions)) {
      this.#ends.note(context, sequence)
    }
    const view = { generation: known.generation, positions: known.positions }
    for (const { asked, reached } of this.#waiters) {
      if (hasReached(known.positions, asked)) reached(view)
    }
    return view
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
