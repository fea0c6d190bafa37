/** The store: where the generations of views are kept, each lane with its checkpoint. A port. */
import type { Unreadables } from "./unreadable.ts"
import type { RefusedRow } from "./refused-row.ts"
import { type Positions, Unavailable } from "../../contracts/internal.ts"
import type { Changes } from "./changes.ts"
import type { Generation, GenerationStatus } from "./generation.ts"
import type { Lane, Reached } from "./lane.ts"
import type { Member } from "./membership.ts"
import type { Discarded, ParkedEvent, Place, Skipped } from "./parked.ts"
import type { AnyProjection, PlainRow } from "../projection.ts"
import type { PageAsked } from "../page.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import type { QueryBounds } from "../query-tools.ts"
import type { RawTools } from "../raw-projection.ts"

/** What there is under some keys. */
export interface Loaded {
  readonly rows: ReadonlyMap<string, PlainRow>
  /** Of the keys that are parked, the place of the first event that is. */
  readonly parked: ReadonlyMap<string, Place>
}

/** Lanes that nobody else can save while they are held. */
export interface Held {
  /** As they are now, and in the order of their numbers. */
  readonly lanes: readonly Lane[]
  readonly load: (keys: readonly string[]) => Promise<Loaded>
  /** What is parked under a key, in the order in which it was; so many events at most. */
  readonly parked: (key: string, most: number) => Promise<readonly ParkedEvent[]>
}

/** What is written for lanes that were held. Their positions stay. */
export interface Settlement extends Changes {
  /**
   * Parked events that are no longer so. They go before those in `parked` come, of which each that
   * was among them, or in a message that was, is where it has been in the order.
   */
  readonly unparked: readonly ParkedEvent[]
  readonly discarded: readonly Discarded[]
}

/** Which page of an answer is asked for, and what it may cost; otherwise as the limits say. */
export interface QueryAsked {
  readonly page?: PageAsked
  readonly bounds?: Partial<QueryBounds>
}

/** The view is not there, as no worker has made it yet. */
export class NotMade extends Unavailable {
  constructor(projection: string) {
    const message = `the view ${projection} has not been made yet`
    super({ message, retryAfterMs: 1_000 })
  }
}

/** Keeps the generations of projections, and says which of them serves. */
export interface Generations {
  /** All generations of these projections, in the order of their numbers. */
  readonly statuses: (projections: readonly string[]) => Promise<readonly GenerationStatus[]>
  /**
   * The generation that queries read, as it stands. Rejects with `NotMade` while there is none.
   */
  readonly serving: (projection: string) => Promise<GenerationStatus>
  /**
   * Sees to a generation of the projection's version, with its lanes and indexes: to be called by
   * a program that starts. Makes one, which serves at once if none does; or takes up the one that
   * is there, unless it was refused.
   */
  readonly claim: (projection: AnyProjection) => Promise<void>
  /** Makes another generation of the projection's version, to be folded beside the serving one. */
  readonly rebuild: (projection: AnyProjection) => Promise<Generation>
  /**
   * Lets a building generation serve, and the serving one be the previous one. False, with nothing
   * changed, when it is not building any more or has not reached these positions.
   */
  readonly serve: (generation: Generation, reached: Positions) => Promise<boolean>
  /**
   * Lets the last previous generation serve again, and refuses the serving one. Rejects with
   * `NotFound` when there is none.
   */
  readonly rollback: (projection: string) => Promise<Generation>
  /**
   * Removes the previous and the refused generations, and those that are built while no worker is
   * alive that builds them; says which.
   */
  readonly drop: (projection: string) => Promise<readonly Generation[]>
}

/** Keeps the rows of generations. */
export interface Rows {
  /** The rows that there are under these keys, and which of the keys are parked. */
  readonly load: (generation: Generation, keys: readonly string[]) => Promise<Loaded>
  /**
   * Writes rows, parks events and moves the checkpoint of a lane, together or not at all. Answers
   * the lane's next revision, above all that it has had, even if the store has lost saves since.
   * Undefined, with nothing written, when the lane's revision is not that of `before`: another
   * writer has been here. Rejects with `RefusedRows`, with nothing written, where a row cannot
   * be held by a view of this shape, or has what another one has in a unique index.
   */
  readonly save: (
    generation: Generation,
    changes: Changes,
    before: Lane,
    after: Reached,
  ) => Promise<number | undefined>
  /** Which rows a save would refuse, by their keys, and why. Nothing is written. */
  readonly refused: (
    generation: Generation,
    changes: Pick<Changes, "upserts" | "deletes">,
  ) => Promise<ReadonlyMap<string, RefusedRow>>
  /**
   * Lets a batch of a raw projection write and moves the checkpoint of its lane, in one
   * transaction. Answers as `save` does. Rejects, with nothing written, as the batch does. In
   * memory no batch is run.
   */
  readonly saveRaw: (
    generation: Generation,
    batch: (tools: RawTools) => PromiseLike<unknown>,
    before: Lane,
    after: Reached,
  ) => Promise<number | undefined>
  /**
   * Holds lanes, all of them if none are named, writes what `work` returns, and raises their
   * revisions, so that nobody who knew them before can save; answers these lanes as they are
   * then. Rejects, with nothing written, when `work` does, and with `RefusedRows` as `save`. Where
   * several processes share the store, it rejects with `Unavailable` when `work` takes longer than
   * `HOLD_MS`. That may be run more than once.
   */
  readonly hold: (
    generation: Generation,
    lanes: readonly number[] | undefined,
    work: (held: Held) => Promise<Settlement>,
  ) => Promise<readonly Lane[]>
  /** How many rows a generation has. */
  readonly count: (generation: Generation) => Promise<number>
  /**
   * The row under this key, for a query rather than for folding. Rejects with `TooLarge` for one of
   * more bytes than `most`, as JSON.
   */
  readonly row: (
    generation: Generation,
    key: string,
    most?: number,
  ) => Promise<PlainRow | undefined>
  /**
   * Answers a query with what its handler makes of these generations, in which a field that may
   * be absent is absent rather than null: a `Page` if it is answered in pages. Rejects as the
   * handler does, with `TooLarge` past a bound, and with `Timeout` when the time is over.
   */
  readonly answer: (
    handler: AnyQueryHandler,
    params: object,
    generations: readonly Generation[],
    asked?: QueryAsked,
  ) => Promise<unknown>
}

/** Knows what is parked and discarded, and who works. */
export interface Bookkeeping {
  /** What is parked in a generation, in order: under one key or all, so many events at most. */
  readonly parked: (
    generation: Generation,
    key?: string,
    most?: number,
  ) => Promise<readonly ParkedEvent[]>
  /** The places that a fold of this generation skips. */
  readonly skipped: (generation: Generation) => Promise<Skipped>
  /** All that was ever discarded from a projection, in the order in which it was. */
  readonly discarded: (projection: string) => Promise<readonly Discarded[]>
  /** Notes that a worker is alive; answers who else is, itself included. */
  readonly beat: (member: Member) => Promise<readonly Member[]>
  /** Notes that a worker has ended. */
  readonly leave: (id: string) => Promise<void>
}

/** A store. Its methods reject with `Unavailable` when it cannot be reached. */
export interface Store extends Generations, Rows, Bookkeeping, Unreadables {}
