/** The store: keeps the generations of views, each lane with its checkpoint. A port. */
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
import type { User } from "../../wire/internal.ts"
import type { QueryBounds } from "../query-tools.ts"
import type { RawTools } from "../raw-projection.ts"

/** What the store has under some keys. */
export interface Loaded {
  readonly rows: ReadonlyMap<string, PlainRow>
  /** For each parked key, the place of its first parked event. */
  readonly parked: ReadonlyMap<string, Place>
}

/** Lanes that nobody else can save while they are held. */
export interface HeldLanes {
  /** The lanes as they are now, ordered by number. */
  readonly lanes: readonly Lane[]
  readonly load: (keys: readonly string[]) => Promise<Loaded>
  /** The parked events of a key in the order in which they were parked, at most `most`. */
  readonly parked: (key: string, most: number) => Promise<readonly ParkedEvent[]>
}

/** What is written for held lanes. Their positions stay. */
export interface Settlement extends Changes {
  /**
   * Events to unpark. They are removed before `parked` is inserted. An event in both, or one that
   * comes from a removed message, keeps its place in the queue.
   */
  readonly unparked: readonly ParkedEvent[]
  readonly discarded: readonly Discarded[]
}

/** Which page of an answer is wanted, and what it can cost; the defaults are the limits. */
export interface QueryAsked {
  readonly page?: PageAsked
  /** The user who asks, for the handler's own use. */
  readonly user?: User | undefined
  readonly bounds?: Partial<QueryBounds>
}

/** The view does not exist, because no worker has made it yet. */
export class NotMade extends Unavailable {
  constructor(projection: string) {
    const message = `the view ${projection} has not been made yet`
    super({ message, retryAfterMs: 1_000 })
  }
}

/** Keeps the generations of projections, and knows which of them serves. */
export interface Generations {
  /** All generations of these projections, ordered by number. */
  readonly statuses: (projections: readonly string[]) => Promise<readonly GenerationStatus[]>
  /** The generation that queries read. Rejects with `NotMade` while no generation serves. */
  readonly serving: (projection: string) => Promise<GenerationStatus>
  /**
   * Prepares a generation of the projection's version, with its lanes and indexes; a starting
   * program calls it. Makes a generation, which serves at once if no other does, or resumes the
   * existing one unless it was refused.
   */
  readonly claim: (projection: AnyProjection) => Promise<void>
  /** Makes another generation of the projection's version, to be folded next to the serving one. */
  readonly rebuild: (projection: AnyProjection) => Promise<Generation>
  /**
   * Lets a building generation serve; the serving one becomes the previous one. False, with nothing
   * changed, if it is no longer building or has not reached these positions.
   */
  readonly serve: (generation: Generation, reached: Positions) => Promise<boolean>
  /**
   * Lets the last previous generation serve again, and refuses the serving one. Rejects with
   * `NotFound` if there is no previous one.
   */
  readonly rollback: (projection: string) => Promise<Generation>
  /**
   * Removes the previous and the refused generations, and those that are building while no live
   * worker builds them; returns them.
   */
  readonly drop: (projection: string) => Promise<readonly Generation[]>
}

/** Keeps the rows of generations. */
export interface Rows {
  /** The rows under these keys, and which of the keys are parked. */
  readonly load: (generation: Generation, keys: readonly string[]) => Promise<Loaded>
  /**
   * Writes rows, parks events and moves the checkpoint of a lane, together or not at all. Answers
   * the lane's next revision, which is above every earlier one, even if the store has lost saves
   * since. Undefined, with nothing written, if the lane no longer has the revision of `before`:
   * another worker has saved. Rejects with `RefusedRows`, with nothing written, if a view of this
   * shape cannot hold a row, or a row breaks a unique index.
   */
  readonly save: (
    generation: Generation,
    changes: Changes,
    before: Lane,
    after: Reached,
  ) => Promise<number | undefined>
  /** Which rows a save would refuse, by key, and why. Writes nothing. */
  readonly refused: (
    generation: Generation,
    changes: Pick<Changes, "upserts" | "deletes">,
  ) => Promise<ReadonlyMap<string, RefusedRow>>
  /**
   * Lets a batch of a raw projection write and moves the checkpoint of its lane, in one
   * transaction. Answers as `save` does. Rejects, with nothing written, if the batch does. In
   * memory no batch runs.
   */
  readonly saveRaw: (
    generation: Generation,
    batch: (tools: RawTools) => PromiseLike<unknown>,
    before: Lane,
    after: Reached,
  ) => Promise<number | undefined>
  /**
   * Holds lanes, or all lanes if none are named, writes what `work` returns, and raises their
   * revisions, so that nobody who knew them before can save. Answers the lanes as they are then.
   * Rejects, with nothing written, when `work` does, and with `RefusedRows` as `save` does. If
   * several processes share the store, it rejects with `Unavailable` when `work` takes longer than
   * `HOLD_MS`. `work` can run more than once.
   */
  readonly hold: (
    generation: Generation,
    lanes: readonly number[] | undefined,
    work: (held: HeldLanes) => Promise<Settlement>,
  ) => Promise<readonly Lane[]>
  /** How many rows a generation has. */
  readonly count: (generation: Generation) => Promise<number>
  /**
   * The row under this key, for a query and not for folding. Rejects with `TooLarge` if its JSON
   * has more than `most` bytes.
   */
  readonly row: (
    generation: Generation,
    key: string,
    most?: number,
  ) => Promise<PlainRow | undefined>
  /**
   * Answers a query with what its handler makes of these generations, as a `Page` if it is answered
   * in pages. A field that may be absent is absent and not null. Rejects as the handler does, with
   * `TooLarge` past a bound, and with `Timeout` when the time is over.
   */
  readonly answer: (
    handler: AnyQueryHandler,
    params: object,
    generations: readonly Generation[],
    asked?: QueryAsked,
  ) => Promise<unknown>
}

/** Keeps parked and discarded events, and knows the live workers. */
export interface Bookkeeping {
  /**
   * The parked events of a generation in order, of one key or all: at most `most` events, and at
   * most `mostBytes` of keys and errors, but always the first event.
   */
  readonly parked: (
    generation: Generation,
    key?: string,
    most?: number,
    mostBytes?: number,
  ) => Promise<readonly ParkedEvent[]>
  /** The places that a fold of this generation skips. */
  readonly skipped: (generation: Generation) => Promise<Skipped>
  /** All events that were ever discarded from a projection, in order of time. */
  readonly discarded: (projection: string) => Promise<readonly Discarded[]>
  /** Records that a worker is alive; answers all live workers, itself included. */
  readonly beat: (member: Member) => Promise<readonly Member[]>
  /** Records that a worker has ended. */
  readonly leave: (id: string) => Promise<void>
}

/** A store. Its methods reject with `Unavailable` when it cannot be reached. */
export interface Store extends Generations, Rows, Bookkeeping, Unreadables {}
