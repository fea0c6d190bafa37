/** A query handler: answers a query from the views that it reads. */
import type { DataOf, Fields, ParamsOf, Query, ResultOf } from "../contracts/internal.ts"
import type { AnyProjection, FoldedProjection, Projection, RowOf } from "./projection.ts"
import type { RawProjection } from "./raw-projection.ts"
import { selectionOf, type SelectionOptions } from "./selection.ts"

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

/** What a handler reads from in memory. */
export interface MemoryTools {
  /** All rows of a view. */
  readonly rows: <F extends Fields>(projection: Projection<F>) => readonly RowOf<Projection<F>>[]
}

/** What `QueryHandler.define` takes. */
export interface QueryHandlerOptions<Q> {
  /** The views that it reads: `Leftfold-After` waits for these. */
  readonly from: readonly AnyProjection[]
  /** Answers from Postgres. */
  readonly sql: (params: ParamsOf<Q>, tools: SqlTools) => PromiseLike<unknown>
  /** Answers from the memory twin; needed only where the query is tested in memory. */
  readonly memory?: (params: ParamsOf<Q>, tools: MemoryTools) => ResultOf<Q>
}

/** A query handler whatever it answers: what servers and stores work with. */
export interface AnyQueryHandler {
  readonly query: Pick<Query, "name" | "context" | "local" | "params" | "result">
  readonly from: readonly AnyProjection[]
  readonly sql: (params: object, tools: SqlTools) => PromiseLike<unknown>
  readonly memory: ((params: object, tools: MemoryTools) => unknown) | undefined
}

/**
 * Defines how a query is answered. The result is checked against the query's schema.
 *
 * ```ts
 * QueryHandler.define(OrdersOfCustomer, {
 *   from: [OrderList],
 *   sql: ({ customer }, { sql, view }) =>
 *     sql`select * from ${view(OrderList)} where customer = ${customer}`,
 * })
 * ```
 */
const define = <P extends Fields, R>(
  query: Query<P, R>,
  { from, sql, memory }: QueryHandlerOptions<Query<P, R>>,
): AnyQueryHandler => ({
  query: query as unknown as AnyQueryHandler["query"],
  from,
  sql: sql as AnyQueryHandler["sql"],
  memory: memory as AnyQueryHandler["memory"],
})

/**
 * Defines a query that is answered with rows of one view, in Postgres and in memory alike.
 *
 * ```ts
 * QueryHandler.rows(OrdersOfCustomer, OrderList, {
 *   where: ({ customer }) => ({ customer }),
 *   orderBy: ["id"],
 *   limit: 1_000,
 * })
 * ```
 */
const rows = <P extends Fields, F extends Fields>(
  query: Query<P, readonly DataOf<F>[]>,
  projection: Projection<F>,
  options: SelectionOptions<DataOf<F>, DataOf<P>>,
): AnyQueryHandler => {
  const { sql, memory } = selectionOf(projection, options)
  return {
    query: query as unknown as AnyQueryHandler["query"],
    from: [projection],
    sql: sql as AnyQueryHandler["sql"],
    memory: memory as AnyQueryHandler["memory"],
  }
}

/** Query handlers are made here. */
export const QueryHandler = { define, rows }
