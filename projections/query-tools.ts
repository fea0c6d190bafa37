/** The tools of a query handler: SQL in Postgres, rows in memory. */
import type { Fields } from "../contracts/internal.ts"
import type { FoldedProjection, Projection, RowOf } from "./projection.ts"
import type { RawProjection } from "./raw-projection.ts"

/** A piece of SQL; awaiting it gives its rows. */
export type SqlRows = PromiseLike<readonly object[]>

/** Names the tables of the serving generations. */
export interface ViewName {
  (projection: FoldedProjection): unknown
  <T extends string>(projection: RawProjection<T>, table: NoInfer<T>): unknown
}

/**
 * The tools that a handler's SQL is written with.
 *
 * ```ts
 * const largestOrders = (least: number, { sql, view }: SqlTools) =>
 *   sql`select * from ${view(OrderList)} where total >= ${least} order by total desc limit 10`
 * ```
 */
export interface SqlTools {
  /**
   * A template of SQL. Every value in it becomes a parameter, and pieces of SQL can nest. A list is
   * an array: `where id = any(${ids}::text[])`. A `bigint` or a `numeric` is a number if a number
   * holds all its digits, and otherwise a `bigint` or a `BigDecimal`.
   */
  readonly sql: (template: TemplateStringsArray, ...values: readonly unknown[]) => SqlRows
  /** The table of a view, or one of those of a raw projection, for use in a template. */
  readonly view: ViewName
}

/** The tools for a selection, which takes as many rows as fit. */
export interface PageTools extends SqlTools {
  /**
   * The first rows of a piece of SQL, as many as an answer can hold, and whether these are all.
   * Rejects with `Invalid` if a value in it does not fit its column.
   */
  readonly upTo: (
    piece: SqlRows,
  ) => Promise<{ readonly rows: readonly object[]; readonly all: boolean }>
}

/** What answering a query may cost. */
export interface QueryBounds {
  /** The most rows that one statement reads. */
  readonly rows: number
  /** The most bytes that one statement reads, and that a page has. */
  readonly bytes: number
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly until: number
}

/** The tools of a handler in memory. */
export interface MemoryTools {
  /** All rows of a view. */
  readonly rows: <F extends Fields>(projection: Projection<F>) => readonly RowOf<Projection<F>>[]
}
