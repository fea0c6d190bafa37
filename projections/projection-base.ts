/** What folded and raw projections have in common. */
import type { AnyContract } from "../contracts/internal.ts"
import type { Column } from "./column.ts"
import type { ViewIndex } from "./view-index.ts"

/** What folded and raw projections have in common. */
export interface ProjectionBase {
  /** `<context>.<projection>`. */
  readonly name: string
  readonly context: string
  readonly local: string
  readonly from: readonly AnyContract[]
  /** A short hash of everything that decides its rows, except for the code of handlers. */
  readonly version: string
  readonly lanes: number
  /** The columns of a row; empty for a raw projection. */
  readonly columns: readonly Column[]
  readonly keyColumn: string
  readonly indexes: readonly ViewIndex[]
}
