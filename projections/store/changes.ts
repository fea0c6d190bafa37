/** Changes: what a batch of the log does to a view, and what a store saves. */
import type { PlainRow } from "../projection.ts"
import type { ParkedEvent } from "./parked.ts"

/** What a batch does to a view. */
export interface Changes {
  readonly upserts: readonly PlainRow[]
  readonly deletes: readonly string[]
  /** The events that could not be folded, and those that wait behind them, in order. */
  readonly parked: readonly ParkedEvent[]
}
