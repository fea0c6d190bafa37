/** What every projection is, folded or raw. */
import type { AnyContract } from "../contracts/internal.ts"
import type { Column } from "./column.ts"
import type { ViewIndex } from "./view-index.ts"

/** What every projection has. */
export interface ProjectionBase {
  /** `<context>.<projection>`. */
  readonly name: string
  readonly context: string
  readonly local: string
  readonly from: readonly AnyContract[]
  /** A short hash of all that decides what is kept of it, as far as it is known. */
  readonly version: string
  readonly lanes: number
  /** What a row has; nothing when there are no rows. */
  readonly columns: readonly Column[]
  readonly keyColumn: string
  readonly indexes: readonly ViewIndex[]
}
