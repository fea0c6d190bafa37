/** A query handler: answers a query from the views that it reads. */
import {
  checkAll,
  checkFunction,
  checkNow,
  checkOptions,
  type DataOf,
  explained,
  type Fields,
  type ParamsOf,
  type Query,
  type ResultOf,
} from "../contracts/internal.ts"
import type { AnyProjection, Projection } from "./projection.ts"
import type { PageAsked } from "./page.ts"
import type { MemoryTools, PageTools, SqlTools } from "./query-tools.ts"
import type { User } from "../wire/internal.ts"
import { selectionOf, type SelectionOptions } from "./selection.ts"

/**
 * Answers a query from Postgres. `user` is who asks, in an application with users: undefined for
 * somebody who has not signed in, where the rule is `anybody`. The rule decides whether the query
 * is answered; the SQL selects the rows. SQL that does not take `user` gives everybody the same
 * answer, and the rule of its query must say so.
 */
type Answer<Q> = (
  params: ParamsOf<Q>,
  tools: SqlTools,
  user: User | undefined,
) => PromiseLike<unknown>

/** What `QueryHandler.define` takes. */
export interface QueryHandlerOptions<Q, A extends Answer<Q> = Answer<Q>> {
  /** The views that it reads: `Leftfold-After` waits for these. */
  readonly from: readonly AnyProjection[]
  /** Answers from Postgres. The third parameter is the user who asks. */
  readonly sql: A
  /** Answers from rows in memory; needed only if the query is tested in memory. */
  readonly memory?: (
    params: ParamsOf<Q>,
    tools: MemoryTools,
    user: User | undefined,
  ) => ResultOf<Q>
}

/** Whether SQL takes the user. */
type TakesUser<A> = A extends (...given: infer G) => unknown ? G["length"] extends 3 ? true : false
  : false

/** A query handler with any result: what servers and stores take. */
export interface AnyQueryHandler {
  readonly query: Pick<Query, "name" | "context" | "local" | "parameters" | "params" | "result">
  readonly from: readonly AnyProjection[]
  /** The most rows on one page; undefined if the query is not answered in pages. */
  readonly pageRows: number | undefined
  /** Whether an answer depends on its reader: its SQL takes the user, or it selects rows. */
  readonly isPerUser: boolean
  readonly sql: (
    params: object,
    tools: PageTools,
    user: User | undefined,
    asked: PageAsked,
  ) => PromiseLike<unknown>
  readonly memory:
    | ((
      params: object,
      tools: MemoryTools,
      user: User | undefined,
      asked: PageAsked,
      bytes: number,
    ) => unknown)
    | undefined
}

/** A query handler whose types tell the name of its query, and whether it answers per user. */
export interface NamedHandler<N extends string, U extends boolean> extends AnyQueryHandler {
  readonly query: AnyQueryHandler["query"] & { readonly name: N }
  readonly isPerUser: U
}

type Unchecked = { readonly [name: string]: unknown }

const isProjection = (value: object): boolean => "keyColumn" in value && "lanes" in value

/** Throws `TypeError` unless this is a query. */
const checkQuery = (query: unknown): void => {
  if (typeof query === "object" && query !== null && "params" in query && "result" in query) return
  throw new TypeError("a query handler needs its query first, which Query.define makes")
}

/** Throws `TypeError` for what types do not show, above all where a file is not type-checked. */
const checkDefinition = (query: { readonly name: string }, options: object): void => {
  checkQuery(query)
  const { name } = query
  checkOptions(`the handler of ${name}`, options, ["from", "sql", "memory"])
  const { from, sql, memory } = options as Unchecked
  checkAll(`${name}: from`, "projection", from, isProjection)
  checkFunction(`${name}: sql`, sql, true)
  if (memory === undefined) return
  checkFunction(`${name}: memory`, memory)
  if (takesUser(memory) === takesUser(sql)) return
  const [taking, other] = takesUser(sql) ? ["sql", "memory"] : ["memory", "sql"]
  throw new TypeError(
    `${name}: ${taking} takes the user as its third parameter, and ${other} does not: tests in ` +
      "memory would see other rows. Take it in both",
  )
}

/** Whether a handler takes its third parameter, which is the user. */
const takesUser = (handler: unknown): boolean => (handler as Answering).length >= 3

/**
 * Defines the answer to a query. The result is checked against the query's schema. In an
 * application with users, SQL takes the user as its third parameter, or the rule of its query says
 * `sameForAll`.
 *
 * ```ts
 * QueryHandler.define(OrdersOfCustomer, {
 *   from: [OrderList],
 *   sql: ({ customer }, { sql, view }) =>
 *     sql`select * from ${view(OrderList)} where customer = ${customer}`,
 * })
 * const MyTotal = Query.define("orders.my-total", { params: {}, result: Schema.Unknown })
 * QueryHandler.define(MyTotal, {
 *   from: [OrderList],
 *   sql: (_params, { sql, view }, user) =>
 *     sql`select sum(total) from ${view(OrderList)} where customer = ${user?.id ?? ""}`,
 * })
 * ```
 */
const define = <const N extends string, P extends Fields, R, A extends Answer<Query<P, R>>>(
  query: Query<P, R, N>,
  options: QueryHandlerOptions<Query<P, R>, A>,
): NamedHandler<N, TakesUser<A>> => {
  checkDefinition(query, options)
  const { from, sql, memory } = options
  return {
    query: query as unknown as NamedHandler<N, boolean>["query"],
    from,
    pageRows: undefined,
    isPerUser: takesUser(sql) as TakesUser<A>,
    sql: sql as unknown as AnyQueryHandler["sql"],
    memory: memory && explaining(`${query.name} memory`, memory as Answering),
  }
}

type Answering = NonNullable<AnyQueryHandler["memory"]>

/** The same handler; what it throws says who changed a row. */
const explaining = (handler: string, answer: Answering): Answering => (...given) => {
  try {
    const answered = answer(...given)
    checkNow(answered, handler)
    return answered
  } catch (error) {
    throw explained(error, handler)
  }
}

/** The parameters with which a client asks for a page. */
export const PAGE_PARAMETERS = ["limit", "after"] as const

/**
 * Defines a query whose answer is the matching rows of one view, in pages of at most `limit` rows.
 * It works in Postgres and in memory. A client sends `limit` for fewer rows and `after` for the
 * page after a cursor. Throws `TypeError` if the query has parameters with these names.
 *
 * ```ts
 * QueryHandler.rows(OrdersOfCustomer, OrderList, {
 *   where: ({ customer }) => ({ customer }),
 *   orderBy: ["id"],
 *   limit: 1_000,
 * })
 * ```
 */
const rows = <const N extends string, P extends Fields, F extends Fields>(
  query: Query<P, readonly DataOf<F>[], N>,
  projection: Projection<F>,
  options: SelectionOptions<DataOf<F>, DataOf<P>>,
): NamedHandler<N, true> => {
  checkQuery(query)
  checkOptions(`the handler of ${query.name}`, options, ["where", "orderBy", "limit"])
  if (!isProjection(Object(projection))) {
    throw new TypeError(`the handler of ${query.name} has no projection to select rows of`)
  }
  const taken = PAGE_PARAMETERS.find((name) => query.parameters.includes(name))
  if (taken !== undefined) {
    throw new TypeError(
      `${query.name} cannot have a parameter "${taken}": clients use it to ask for pages`,
    )
  }
  const { sql, memory } = selectionOf(query.name, projection, options)
  return {
    query: query as unknown as NamedHandler<N, true>["query"],
    from: [projection],
    pageRows: options.limit,
    // The rule of the view selects the rows.
    isPerUser: true,
    sql: (params, tools, _user, asked) => sql(params as DataOf<P>, tools, asked),
    memory: (params, tools, _user, asked, bytes) =>
      memory(params as DataOf<P>, tools, asked, bytes),
  }
}

/**
 * Makes query handlers: `define` takes SQL, `rows` selects rows of one view.
 *
 * ```ts
 * const ordersOfCustomer = QueryHandler.rows(OrdersOfCustomer, OrderList, {
 *   where: ({ customer }) => ({ customer }),
 *   orderBy: ["id"],
 *   limit: 1_000,
 * })
 * ```
 */
export const QueryHandler = { define, rows }
