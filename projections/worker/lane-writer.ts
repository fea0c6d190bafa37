/**
 * A lane writer: folds batches into one lane. While one batch is saved, the next one is loaded and
 * folded. It remembers rows, which the lane's fence allows: a save fails if they have changed.
 */
import { refusalsOf } from "./refusals.ts"
import type { Positions } from "../../contracts/internal.ts"
import { type Folded, foldEvents, type KnownRow, learn, NOTHING } from "./fold.ts"
import type { Changes } from "../store/changes.ts"
import type { Generation } from "../store/generation.ts"
import type { KeyedEvent } from "./keyed-event.ts"
import { furtherOf, hasFolded, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import type { Progress, Writing } from "./log-folder.ts"
import { LaneSaves } from "./lane-saves.ts"
import type { Pass } from "./pass.ts"
import { ANNOUNCED_KEYS } from "../limits.ts"
import type { FoldedProjection } from "../projection.ts"
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

/** A batch that was folded, and what the rows that it was folded on are remembered in. */
interface Folding {
  readonly cache: RowCache
  /** Undefined where there were no events. */
  readonly folded: Folded | undefined
}

/** Remembers what is known after a batch, including the rows that were only looked at. */
const hold = (cache: RowCache, known: Map<string, KnownRow>, folded: Folded): void => {
  for (const [key, row] of folded.known) known.set(key, row)
  cache.hold(known)
}

/** How far a batch goes that ends with these events. */
const reachedBy = (events: readonly KeyedEvent[]): Positions => {
  const reached: Record<string, number> = {}
  for (const { source } of events) reached[source.context] = source.sequence
  return reached
}

/** Both of these keys; undefined where too many have changed to name them. */
const joined = (one: Progress, other: Progress): Progress => ({
  lane: other.lane,
  keys: one.keys && other.keys && [...one.keys, ...other.keys],
})

const NO_CHANGES: Changes = { upserts: [], deletes: [], parked: [] }

/** Writes one lane, from where it was when it was read from the store. */
export class LaneWriter {
  readonly #options: LaneWriterOptions
  /** Another one from when rows were refused on: what was remembered was not saved like that. */
  #cache = new RowCache()
  /** Whether a row is of one actor, so that there is none before the actor's first event. */
  readonly #rowPerActor: boolean
  readonly #saves: LaneSaves<Changes>
  /** How far it will be when all that was given is saved. */
  #taken: Reached
  /** The write of the last batch, which the next one waits for. */
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

  /** The lane as its rows are. */
  get lane(): Lane {
    return this.#saves.lane
  }

  /** Whether an event of this slice is still to be folded. */
  wants(slice: number, { source: { context, sequence } }: KeyedEvent): boolean {
    return !hasFolded(this.#taken, slice, context, sequence)
  }

  /**
   * Folds the events of a batch that are this lane's; `reached` is how far the batch goes. Resolves
   * when the next batch can be given: this one is folded then, and about to be written. Rejects
   * when it cannot be folded, or the batch before could not be written.
   */
  async take(events: readonly KeyedEvent[], reached: Positions): Promise<Writing> {
    const positions = furtherOf(this.#taken.positions, reached)
    const ahead = stillAhead(this.#taken.ahead, positions)
    const after = this.#taken = { ...this.#taken, positions, ahead }
    const folding = await this.#fold(events)
    // No more than one batch waits for the one that is being written.
    await this.#writing
    const done = this.#write(events, folding, after)
    this.#writing = done
    // The caller may never see it, where another lane has failed; the next batch will.
    done.catch(() => {})
    return { done }
  }

  /** Resolves when nothing is under way and the checkpoint is saved, if that works. */
  async stop(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#saves.stop()
  }

  /** Folds events as if all that was folded before were saved. */
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
  ): Promise<Progress> {
    // What it was folded on has been refused since, and was saved as something else.
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

  /** Writes a batch of which rows are refused: these keep what they were, and are parked. */
  async #writeCarefully(
    events: readonly KeyedEvent[],
    after: Reached,
    error: RefusedRows,
  ): Promise<Progress> {
    const { projection, generation, store } = this.#options
    const known = await this.#load(this.#cache, events)
    const refused = await refusalsOf(events, (some, refused) => {
      const { upserts, deletes } = foldEvents(projection, some, known, refused)
      return store.refused(generation, { upserts, deletes })
    })
    if (refused.size === 0) return await this.#writeInParts(events, after, error)
    return await this.#commit(foldEvents(projection, events, known, refused), after)
  }

  /** Writes a batch of which each row is taken, but not all of them at once. */
  async #writeInParts(
    events: readonly KeyedEvent[],
    after: Reached,
    error: RefusedRows,
  ): Promise<Progress> {
    const half = events[Math.floor(events.length / 2)]!.source
    const middle = events.findIndex(({ source }) => source === half)
    const cut = middle > 0 ? middle : events.findIndex(({ source }) => source !== half)
    if (cut <= 0) throw error
    const first = events.slice(0, cut)
    const positions = furtherOf(this.#saves.lane.positions, reachedBy(first))
    const ahead = stillAhead(after.ahead, positions)
    const begun = await this.#writePart(first, { ...after, positions, ahead })
    return joined(begun, await this.#writePart(events.slice(cut), after))
  }

  async #writePart(events: readonly KeyedEvent[], after: Reached): Promise<Progress> {
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

  async #commit(folded: Folded | undefined, after: Reached): Promise<Progress> {
    const { upserts = [], deletes = [], parked = [] } = folded ?? {}
    if (upserts.length + deletes.length + parked.length > 0) {
      await this.#saves.save({ upserts, deletes, parked }, after)
    } else this.#saves.move(after)
    return { lane: this.#saves.lane, keys: this.#keysOf(upserts, deletes) }
  }

  /** The keys of what has changed, if they are few enough to be announced. */
  #keysOf(upserts: Changes["upserts"], deletes: Changes["deletes"]): string[] | undefined {
    if (upserts.length + deletes.length > ANNOUNCED_KEYS) return undefined
    const { keyColumn } = this.#options.projection
    return [...upserts.map((row) => String(row[keyColumn])), ...deletes]
  }
}
