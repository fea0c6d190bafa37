/** The store: where views are kept, each with the checkpoint that it was folded up to. A port. */
import type { Positions } from "../contracts/mod.ts"
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

/** Keeps views. Methods reject with `Unavailable` when the store cannot be reached. */
export interface Store {
  /** Makes the view, empty, unless it is there in the shape of today. */
  readonly prepare: (projection: AnyProjection) => Promise<void>
  readonly checkpoint: (projection: AnyProjection) => Promise<Checkpoint>
  /** The rows that there are under these keys. */
  readonly load: (
    projection: AnyProjection,
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, PlainRow>>
  /**
   * Writes rows and moves the checkpoint, together or not at all. False, with nothing written,
   * when the checkpoint's revision is no longer `before`: another writer has been here.
   */
  readonly save: (
    projection: AnyProjection,
    changes: Changes,
    before: Checkpoint,
    after: Omit<Checkpoint, "revision">,
  ) => Promise<boolean>
  /** Answers a query with what its handler makes of the views. */
  readonly answer: (handler: AnyQueryHandler, params: object) => Promise<unknown>
}
