/** The filter of a view's rows: which row by key a reader may see. */
import { isDeepStrictEqual } from "node:util"
import { type Fields, isFailure } from "../../contracts/internal.ts"
import type { RowsSeen } from "../../wire/internal.ts"
import type { FoldedProjection, PlainRow, Projection } from "../projection.ts"
import { RowCodec } from "../row-codec.ts"

/** Compares the rows of one view with what a rule lets a reader see. */
export class RowsFilter {
  readonly #columns: ReadonlySet<string>
  readonly #codec: RowCodec

  constructor(view: FoldedProjection) {
    this.#columns = new Set(view.columns.map(({ name }) => name))
    this.#codec = new RowCodec(view as Projection<Fields>)
  }

  /** Whether the reader may see this row. Throws `TypeError` for a column that does not exist. */
  shows(row: PlainRow, seen: RowsSeen): boolean {
    if (seen === "all") return true
    return Object.entries(seen).every(([name, value]) => {
      if (!this.#columns.has(name)) throw new TypeError(`the rule names no column: "${name}"`)
      const [, wanted] = this.#codec.searched(name, value)
      return isDeepStrictEqual(row[name] ?? null, wanted)
    })
  }

  /**
   * What became of a row that could not be read. Its size is no secret to those who may see all
   * rows. For others it does not exist, because nobody knows whether it is theirs.
   */
  hidden(seen: RowsSeen, error: unknown): undefined {
    if (seen !== "all" && isFailure(error) && error._tag === "TooLarge") return undefined
    throw error
  }
}
