/** Drift: a row of a view that is not what the log gives. */
import type { Place } from "./parked.ts"

/**
 * What is wrong with a row: the log has it and the view has not (`missing`), the other way round
 * (`extra`), both have it with other values (`different`), or this program cannot fold it from the
 * log (`failed`), though the view has none of its events parked.
 */
export type DriftKind = "missing" | "extra" | "different" | "failed"

/** Every kind of drift. */
export const DRIFT_KINDS: readonly DriftKind[] = ["missing", "extra", "different", "failed"]

/** A row that has drifted. */
export interface Drift {
  readonly key: string
  readonly kind: DriftKind
  /** Of a row that is different, the columns whose values are. */
  readonly columns: readonly string[]
  /** The last event of the log that touched the row; none if no event ever has. */
  readonly last: { readonly context: string; readonly sequence: number } | undefined
  /** Of a row that cannot be folded, the event and the reason. */
  readonly failure: Failure | undefined
}

/** Some of the rows that have drifted, in the order of their keys. */
export interface DriftPage {
  readonly rows: readonly Drift[]
  /** Which of all that have drifted the last of these is, from 1. */
  readonly last: number
}

/** Why a row cannot be folded any further. */
export interface Failure extends Place {
  readonly reason: string
}

/** How many rows have drifted, by what is wrong with them. */
export type DriftCounts = { readonly [Kind in DriftKind]: number }

/** How many rows have drifted in all. */
export const driftedOf = (counts: DriftCounts): number =>
  DRIFT_KINDS.reduce((sum, kind) => sum + counts[kind], 0)
