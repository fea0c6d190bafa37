/**
 * A lane writer: folds batches into one lane, of which one is saved while the next one is loaded
 * and folded. It remembers rows, which the lane's fence allows: a save fails if they are not so.
 */
import type { Positions } from "../../contracts/internal.ts"
import { type Folded, foldEvents, type KnownRow, learn, NOTHING } from "./fold.ts"
import type { Changes } from "../store/changes.ts"
import type { Generation } from "../store/generation.ts"
import { type KeyedEvent, reasonOf } from "./keyed-event.ts"
import { furtherOf, hasFolded, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import { LaneSaves } from "./lane-saves.ts"
import { ANNOUNCED_KEYS } from "../limits.ts"
import type { FoldedProjection } from "../projection.ts"
import { RefusedRow } from "../store/refused-row.ts"
import { RowCache } from "./row-cache.ts"
import type { Store } from "../store/store.ts"

/** What a lane writer works with. */
export interface LaneWriterOptions {
  readonly projection: FoldedProjection
  readonly generation: Generation
  readonly lane: Lane
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  readonly store: Pick<Store, "load" | "save">
  /** Called when the rows are as far as the lane says, with the keys that changed if few have. */
  readonly moved: (lane: Lane, keys: readonly string[] | undefined) => void
  /** Called once, when it cannot go on. */
  readonly fail: (error: unknown) => void
}

const NO_CHANGES: Changes = { upserts: [], deletes: [], parked: [] }

/** Writes one lane, from where it was when it was read from the store. */
export class LaneWriter {
  readonly #options: LaneWriterOptions
  readonly #cache = new RowCache()
  /** Whether a row is of one actor, so that there is none before the actor's first event. */
  readonly #rowPerActor: boolean
  readonly #saves: LaneSaves<Changes>
  /** How far it will be when all that was given is saved. */
  #taken: Reached
  #folding: Promise<void> = Promise.resolve()
  /** What becomes of the batches, one after another. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LaneWriterOptions) {
    const { projection, generation, store, lane, created, fail } = options
    const { positions, ahead } = lane
    this.#options = options
    this.#rowPerActor = projection.keyedByActor && projection.from.length === 1
    this.#saves = new LaneSaves({
      lane,
      created,
      save: (changes, before, after) => store.save(generation, changes, before, after),
      nothing: NO_CHANGES,
      fail,
    })
    this.#taken = { positions, ahead, created }
  }

  /** The lane as its rows are. */
  get lane(): Lane {
    return this.#saves.lane
  }

  /** Whether an event of this slice is still to be folded. */
  wants(slice: number, { source: { context, sequence } }: KeyedEvent): boolean {
    return !hasFolded(this.#taken, slice, context, sequence)
  }

  /** Resolves when another batch can be given. */
  ready(): Promise<void> {
    return this.#folding
  }

  /**
   * Folds the events of a batch that are this lane's; `reached` is how far the batch goes. Folded
   * carefully, rows that the store refuses are parked; otherwise they are a failure, as what is
   * folded by then may build on them.
   */
  take(events: readonly KeyedEvent[], reached: Positions, carefully = false): void {
    const positions = furtherOf(this.#taken.positions, reached)
    const ahead = stillAhead(this.#taken.ahead, positions)
    this.#taken = { ...this.#taken, positions, ahead }
    const after = this.#taken
    this.#folding = this.#folding.then(() =>
      carefully ? this.#stepCarefully(events, after) : this.#step(events, after)
    ).catch((error) => this.#saves.fail(error))
  }

  /** Resolves when nothing is under way any more and the checkpoint is saved, if that works. */
  async stop(): Promise<void> {
    await this.#folding
    await this.#writing
    await this.#saves.stop()
  }

  async #step(events: readonly KeyedEvent[], after: Reached): Promise<void> {
    if (this.#saves.failed) return
    let folded: Folded | undefined
    if (events.length > 0) {
      const known = await this.#load(events)
      folded = foldEvents(this.#options.projection, events, known)
      this.#hold(known, folded)
    }
    // No more than one batch waits for the one that is being saved.
    await this.#writing
    this.#writing = this.#writing.then(() => this.#commit(folded, after))
      .then(() => folded && this.#cache.release())
      .catch((error) => this.#saves.fail(error))
  }

  /** One step that ends only when it is saved, so that it can be tried again. */
  async #stepCarefully(events: readonly KeyedEvent[], after: Reached): Promise<void> {
    await this.#writing
    if (this.#saves.failed) return
    const known = await this.#load(events)
    const refused = new Map<string, string>()
    for (;;) {
      const folded = foldEvents(this.#options.projection, events, known, refused)
      try {
        await this.#commit(folded, after)
        this.#hold(known, folded)
        return this.#cache.release()
      } catch (error) {
        if (!(error instanceof RefusedRow) || refused.has(error.key)) throw error
        refused.set(error.key, reasonOf(error))
      }
    }
  }

  /** What is known of the rows of these events, and of their actors. */
  async #load(events: readonly KeyedEvent[]): Promise<Map<string, KnownRow>> {
    const { generation, store } = this.#options
    const known = new Map<string, KnownRow>()
    const missing: string[] = []
    const look = (key: string, isNew: boolean) => {
      if (known.has(key)) return
      const row = this.#cache.get(key)
      known.set(key, row ?? NOTHING)
      if (!row && !isNew) missing.push(key)
    }
    for (const { key, actorKey, recorded } of events) {
      look(key, this.#rowPerActor && recorded?.context.version === 1)
      if (actorKey !== undefined) look(actorKey, false)
    }
    if (missing.length > 0) learn(known, await store.load(generation, missing))
    return known
  }

  /** Remembers what is known after a batch, including the rows that were only looked at. */
  #hold(known: Map<string, KnownRow>, folded: Folded): void {
    for (const [key, row] of folded.known) known.set(key, row)
    this.#cache.hold(known)
  }

  async #commit(folded: Folded | undefined, after: Reached): Promise<void> {
    if (this.#saves.failed) return
    const { upserts = [], deletes = [], parked = [] } = folded ?? {}
    if (upserts.length + deletes.length + parked.length > 0) {
      await this.#saves.save({ upserts, deletes, parked }, after)
    } else this.#saves.move(after)
    this.#options.moved(this.#saves.lane, this.#keysOf(upserts, deletes))
  }

  /** The keys of what has changed, if they are few enough to be announced. */
  #keysOf(upserts: Changes["upserts"], deletes: Changes["deletes"]): string[] | undefined {
    if (upserts.length + deletes.length > ANNOUNCED_KEYS) return undefined
    const { keyColumn } = this.#options.projection
    return [...upserts.map((row) => String(row[keyColumn])), ...deletes]
  }
}
