/** Changes: what a batch of the log does to a view, and what a store is given to save. */
import type { PlainRow } from "../projection.ts"
import type { ParkedEvent } from "./parked.ts"

/** What a batch does to a view. */
export interface Changes {
  readonly upserts: readonly PlainRow[]
  readonly deletes: readonly string[]
  /** What could not be folded, and what waits behind it, in order. */
  readonly parked: readonly ParkedEvent[]
}
