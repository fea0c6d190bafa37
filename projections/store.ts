/** The store: where views are kept, each with the checkpoint that it was folded up to. A port. */
import { type Positions, Unavailable } from "../contracts/mod.ts"
import type { Changes } from "./fold.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"
import type { AnyQueryHandler } from "./query-handler.ts"

/** How far a view is, and what guards it against a second writer. */
export interface Checkpoint {
  /** Goes up by one with each save; a save that knows an older one is refused. */
  readonly revision: number
  readonly positions: Positions
  /** For each context, when the stream that the position is of was created. */
  readonly created: { readonly [context: string]: string }
}

/** The view is not there, as no worker has made it yet. */
export class NotMade extends Unavailable {
  constructor(projection: AnyProjection) {
    const message = `the view ${projection.name} has not been made yet`
    super({ message, retryAfterMs: 1_000 })
  }
}

/** Keeps views. Methods reject with `Unavailable` when the store cannot be reached. */
export interface Store {
  /** Makes the view, empty, unless it is there in the shape of today. */
  readonly prepare: (projection: AnyProjection) => Promise<void>
  /** How far the view is. Rejects with `NotMade` while it is not there. */
  readonly checkpoint: (projection: AnyProjection) => Promise<Checkpoint>
  /** The rows that there are under these keys. */
  readonly load: (
    projection: AnyProjection,
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, PlainRow>>
  /** The row under this key, for a query rather than for folding. */
  readonly row: (projection: AnyProjection, key: string) => Promise<PlainRow | undefined>
  /**
   * Writes rows and moves the checkpoint, together or not at all. False, with nothing written,
   * when the checkpoint's revision is no longer `before`: another writer has been here. Rejects
   * with `RefusedRow`, with nothing written, for a row that no view of this shape can hold, or
   * that has what another one has in the columns of a unique index.
   */
  readonly save: (
    projection: AnyProjection,
    changes: Changes,
    before: Checkpoint,
    after: Omit<Checkpoint, "revision">,
  ) => Promise<boolean>
  /**
   * Answers a query with what its handler makes of the views, in which a field that may be absent
   * is absent rather than null. Rejects as the handler does.
   */
  readonly answer: (handler: AnyQueryHandler, params: object) => Promise<unknown>
}
