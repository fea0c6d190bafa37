/**
 * A lane writer: folds batches into one lane. While one batch is saved, the next one is loaded and
 * folded. It keeps rows in memory. The lane's fence makes this safe: a save fails if another worker
 * has changed them.
 */
import { refusalsOf } from "./refusals.ts"
import type { Positions } from "../../contracts/internal.ts"
import { type FoldedBatch, foldEvents, type KnownRow, learn, NOTHING } from "./fold.ts"
import type { Changes } from "../store/changes.ts"
import type { Generation } from "../store/generation.ts"
import { reachedBy } from "../log/feed.ts"
import type { KeyedEvent } from "./keyed-event.ts"
import { furtherOf, hasFolded, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import type { LaneProgress, Writing } from "./log-folder.ts"
import { LaneSaves } from "./lane-saves.ts"
import type { Pass } from "./pass.ts"
import { ANNOUNCED_KEYS } from "../limits.ts"
import type { FoldedProjection } from "../projection.ts"
import { reportParked } from "./parked-report.ts"
import { RefusedRows } from "../store/refused-row.ts"
import { RowCache } from "./row-cache.ts"
import type { Store } from "../store/store.ts"

/** What a lane writer works with. */
export interface LaneWriterOptions {
  readonly projection: FoldedProjection
  readonly generation: Generation
  readonly lane: Lane
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  readonly store: Pick<Store, "load" | "save" | "refused">
  readonly pass: Pass
}

/** A folded batch, and the cache that held the rows it was folded on. */
interface Folding {
  readonly cache: RowCache
  /** Undefined for a batch without events. */
  readonly folded: FoldedBatch | undefined
}

/** Caches what is known after a batch, including rows that were only read. */
const hold = (cache: RowCache, known: Map<string, KnownRow>, folded: FoldedBatch): void => {
  for (const [key, row] of folded.known) known.set(key, row)
  cache.hold(known)
}

/** The keys of both; undefined if too many have changed to name them. */
const joined = (one: LaneProgress, other: LaneProgress): LaneProgress => ({
  lane: other.lane,
  keys: one.keys && other.keys && [...one.keys, ...other.keys],
})

const NO_CHANGES: Changes = { upserts: [], deletes: [], parked: [] }

/** Writes one lane, starting from how it was read from the store. */
export class LaneWriter {
  readonly #options: LaneWriterOptions
  /** Replaced after rows were refused: the cached rows were not saved in that form. */
  #cache = new RowCache()
  /**
   * Whether each row belongs to one actor, so that no row exists before the actor's first event.
   */
  readonly #rowPerActor: boolean
  readonly #saves: LaneSaves<Changes>
  /** The positions it reaches once everything taken so far is saved. */
  #taken: Reached
  /** The write of the last batch; the next one waits for it. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: LaneWriterOptions) {
    const { projection, generation, store, lane, created, pass } = options
    const { positions, ahead } = lane
    this.#options = options
    this.#rowPerActor = projection.keyedByActor && projection.from.length === 1
    this.#saves = new LaneSaves({
      lane,
      created,
      save: (changes, before, after) => store.save(generation, changes, before, after),
      nothing: NO_CHANGES,
      pass,
    })
    this.#taken = { positions, ahead, created }
  }

  /** The lane with the position of its rows. */
  get lane(): Lane {
    return this.#saves.lane
  }

  /** Whether the lane has still to fold an event of this slice. */
  wants(slice: number, { source: { context, sequence } }: KeyedEvent): boolean {
    return !hasFolded(this.#taken, slice, context, sequence)
  }

  /**
   * Folds the events of a batch that belong to this lane; `reached` is how far the batch goes.
   * Resolves when it can take the next batch: this one is then folded and about to be written.
   * Rejects if it cannot be folded, or if the batch before could not be written.
   */
  async take(events: readonly KeyedEvent[], reached: Positions): Promise<Writing> {
    const positions = furtherOf(this.#taken.positions, reached)
    const ahead = stillAhead(this.#taken.ahead, positions)
    const after = this.#taken = { ...this.#taken, positions, ahead }
    const folding = await this.#fold(events)
    // At most one batch waits for the one that is being written.
    await this.#writing
    const done = this.#write(events, folding, after)
    this.#writing = done
    // If another lane has failed, the caller may never look at it; the next batch will.
    done.catch(() => {})
    return { done }
  }

  /** Resolves when no write is in progress and the checkpoint is saved, if that works. */
  async stop(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#saves.stop()
  }

  /** Folds events as if everything folded before were saved. */
  async #fold(events: readonly KeyedEvent[]): Promise<Folding> {
    const cache = this.#cache
    if (events.length === 0) return { cache, folded: undefined }
    const known = await this.#load(cache, events)
    const folded = foldEvents(this.#options.projection, events, known)
    hold(cache, known, folded)
    return { cache, folded }
  }

  async #write(
    events: readonly KeyedEvent[],
    folding: Folding,
    after: Reached,
  ): Promise<LaneProgress> {
    // The rows that it was folded on were refused since, and saved in another form.
    const isStale = folding.cache !== this.#cache
    const { folded } = isStale ? await this.#fold(events) : folding
    try {
      const progress = await this.#commit(folded, after)
      if (folded) this.#cache.release()
      return progress
    } catch (error) {
      if (!(error instanceof RefusedRows)) throw error
      this.#cache = new RowCache()
      return await this.#writeCarefully(events, after, error)
    }
  }

  /** Writes a batch with refused rows: these keep their values, and their events are parked. */
  async #writeCarefully(
    events: readonly KeyedEvent[],
    after: Reached,
    error: RefusedRows,
  ): Promise<LaneProgress> {
    const { projection, generation, store } = this.#options
    const known = await this.#load(this.#cache, events)
    const refused = await refusalsOf(events, (some, refused) => {
      const { upserts, deletes } = foldEvents(projection, some, known, refused)
      return store.refused(generation, { upserts, deletes })
    })
    if (refused.size === 0) return await this.#writeInParts(events, after, error)
    return await this.#commit(foldEvents(projection, events, known, refused), after)
  }

  /** Writes a batch in parts: the store takes each row of it, but not all of them at once. */
  async #writeInParts(
    events: readonly KeyedEvent[],
    after: Reached,
    error: RefusedRows,
  ): Promise<LaneProgress> {
    const half = events[Math.floor(events.length / 2)]!.source
    const middle = events.findIndex(({ source }) => source === half)
    const cut = middle > 0 ? middle : events.findIndex(({ source }) => source !== half)
    if (cut <= 0) throw error
    const first = events.slice(0, cut)
    const positions = furtherOf(
      this.#saves.lane.positions,
      reachedBy(first.map(({ source }) => source)),
    )
    const ahead = stillAhead(after.ahead, positions)
    const begun = await this.#writePart(first, { ...after, positions, ahead })
    return joined(begun, await this.#writePart(events.slice(cut), after))
  }

  async #writePart(events: readonly KeyedEvent[], after: Reached): Promise<LaneProgress> {
    const known = await this.#load(this.#cache, events)
    try {
      return await this.#commit(foldEvents(this.#options.projection, events, known), after)
    } catch (error) {
      if (!(error instanceof RefusedRows)) throw error
      return await this.#writeCarefully(events, after, error)
    }
  }

  /** What is known of the rows of these events, and of their actors. */
  async #load(
    cache: RowCache,
    events: readonly KeyedEvent[],
  ): Promise<Map<string, KnownRow>> {
    const { generation, store } = this.#options
    const known = new Map<string, KnownRow>()
    const missing: string[] = []
    const look = (key: string, isNew: boolean) => {
      if (known.has(key)) return
      const row = cache.get(key)
      known.set(key, row ?? NOTHING)
      if (!row && !isNew) missing.push(key)
    }
    for (const { key, actorKey, recorded } of events) {
      look(key, this.#rowPerActor && recorded?.meta.version === 1)
      if (actorKey !== undefined) look(actorKey, false)
    }
    if (missing.length > 0) learn(known, await store.load(generation, missing))
    return known
  }

  async #commit(folded: FoldedBatch | undefined, after: Reached): Promise<LaneProgress> {
    const { upserts = [], deletes = [], parked = [] } = folded ?? {}
    if (upserts.length + deletes.length + parked.length > 0) {
      await this.#saves.save({ upserts, deletes, parked }, after)
      reportParked(this.#options.projection.name, parked)
    } else this.#saves.move(after)
    return { lane: this.#saves.lane, keys: this.#keysOf(upserts, deletes) }
  }

  /** The keys of what changed; undefined if they are too many to announce. */
  #keysOf(upserts: Changes["upserts"], deletes: Changes["deletes"]): string[] | undefined {
    if (upserts.length + deletes.length > ANNOUNCED_KEYS) return undefined
    const { keyColumn } = this.#options.projection
    return [...upserts.map((row) => String(row[keyColumn])), ...deletes]
  }
}
