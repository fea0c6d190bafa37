/** What a query handler is given to answer with: SQL in Postgres, rows in memory. */
import type { Fields } from "../contracts/internal.ts"
import type { FoldedProjection, Projection, RowOf } from "./projection.ts"
import type { RawProjection } from "./raw-projection.ts"

/** A piece of SQL, or when awaited its rows. */
export type SqlRows = PromiseLike<readonly object[]>

/** Names tables of the generations that serve. */
export interface ViewName {
  (projection: FoldedProjection): unknown
  <T extends string>(projection: RawProjection<T>, table: NoInfer<T>): unknown
}

/** What a handler's SQL is written with. */
export interface SqlTools {
  /**
   * A template of SQL; every value in it becomes a parameter, and pieces of SQL may nest. A list is
   * an array: `where id = any(${ids}::text[])`. What is `numeric` comes as a number, as sums and
   * averages do, with the 15 digits that a number has: select `amount::text` where all are needed.
   */
  readonly sql: (template: TemplateStringsArray, ...values: readonly unknown[]) => SqlRows
  /** The table of a view, or one of those of a raw projection, for use in a template. */
  readonly view: ViewName
}

/** What a selection is answered with: it takes as much as there is room for. */
export interface PageTools extends SqlTools {
  /**
   * The first rows of a piece of SQL, as many as an answer has room for, and whether these are all.
   * A value in it that a column cannot hold makes it reject with `Invalid`.
   */
  readonly upTo: (
    piece: SqlRows,
  ) => Promise<{ readonly rows: readonly object[]; readonly all: boolean }>
}

/** What answering a query may cost. */
export interface QueryBounds {
  /** Rows that are read by one statement. */
  readonly rows: number
  /** Bytes that are read by one statement, and that a page has. */
  readonly bytes: number
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly until: number
}

/** What a handler reads from in memory. */
export interface MemoryTools {
  /** All rows of a view. */
  readonly rows: <F extends Fields>(projection: Projection<F>) => readonly RowOf<Projection<F>>[]
}
