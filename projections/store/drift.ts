/** Drift: a row of a view that differs from what the log gives. */
import type { Place } from "./parked.ts"

/**
 * What is wrong with a row: the log gives it and the view lacks it (`missing`), the view has it and
 * the log does not give it (`extra`), both have it with different values (`different`), or this
 * program cannot fold it although the view has no parked event of it (`failed`).
 */
export type DriftKind = "missing" | "extra" | "different" | "failed"

/** Every kind of drift. */
export const DRIFT_KINDS: readonly DriftKind[] = ["missing", "extra", "different", "failed"]

/** A row that has drifted. */
export interface Drift {
  readonly key: string
  readonly kind: DriftKind
  /** The columns that differ; empty unless the row is `different`. */
  readonly columns: readonly string[]
  /** The last event of the log that touched the row; undefined if no event did. */
  readonly last: { readonly context: string; readonly sequence: number } | undefined
  /** Where and why folding failed; undefined unless the row is `failed`. */
  readonly failure: FoldFailure | undefined
}

/** Some of the rows with drift, in the order of their keys. */
export interface DriftPage {
  readonly rows: readonly Drift[]
  /** The number of the last of these among all rows with drift, from 1. */
  readonly last: number
}

/** Where and why a row cannot be folded further. */
export interface FoldFailure extends Place {
  readonly reason: string
}

/** How many rows have drifted, by kind. */
export type DriftCounts = { readonly [Kind in DriftKind]: number }

/** How many rows have drifted in all. */
export const driftedOf = (counts: DriftCounts): number =>
  DRIFT_KINDS.reduce((sum, kind) => sum + counts[kind], 0)
