/**
 * Answers queries from Postgres. Each statement of a handler is bounded in rows, bytes and time.
 * Postgres adds up the bytes while it reads and stops by itself, so it never sends more than the
 * bound.
 */
import type { Fragment, PendingQuery, Sql } from "postgres"
import { Invalid, Timeout } from "../../contracts/internal.ts"
import { QUERY_BYTES, QUERY_MS, QUERY_ROWS, SILENCE_MS } from "../limits.ts"
import { Page } from "../page.ts"
import type { AnyProjection } from "../projection.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import type { PageTools, QueryBounds, SqlRows } from "../query-tools.ts"
import { type Generation, tableOf } from "../store/generation.ts"
import { queryTooLarge } from "../store/query-limits.ts"
import type { QueryAsked } from "../store/store.ts"
import type { Connections } from "./connection-postgres.ts"
import { codeOf } from "./outage.ts"

/** The text that Postgres fails to read as a number when a bound is passed. */
const PASSED = /"leftfold: \d+"/

/** The code of a statement that was cancelled, on request or because of its time limit. */
const CANCELLED = "57014"

/** How the codes of values that a type cannot hold begin. */
const DATA = /^22/

/** What a row takes in addition to its text, in bytes. */
const ROW_BYTES = 32

interface Found {
  readonly rows: readonly object[]
  /** Whether these are all rows; otherwise they end where a bound was passed. */
  readonly all: boolean
}

/** A statement with members that the client's types leave out. */
interface Cancellable extends PendingQuery<object[]> {
  canceller?: ((query: unknown) => Promise<unknown>) | null
}

/** Cancels a statement. Its own promise then rejects; the cancellation is not waited for. */
const cancel = (query: Cancellable): void => {
  const { canceller } = query
  query.canceller = null
  canceller?.(query).catch(() => {})
}

/**
 * A statement within its bounds. When it passes one, it reads a text as a number. This fails on
 * every server, before the row is sent, and the error contains the text.
 */
const bounded = (sql: Sql, piece: Fragment, { rows, bytes }: QueryBounds): Cancellable =>
  sql<object[]>`
    select ("the answer"."the row").* from (
      select "the row", row_number() over "so far" as number,
        sum(octet_length("the row"::text) + ${ROW_BYTES}::integer) over "so far" as bytes
      from (${piece}
      ) as "the row"
      window "so far" as (rows unbounded preceding)
    ) as "the answer"
    where case when number > ${rows}::bigint or bytes > ${bytes}::bigint
      then ('leftfold: ' || number)::integer = 0 else true end`

/** A piece of SQL: part of another piece, or a statement once it is awaited. */
class Piece implements PromiseLike<readonly object[]> {
  readonly build: () => Fragment
  readonly #run: (piece: Piece) => Promise<readonly object[]>
  #rows: Promise<readonly object[]> | undefined

  constructor(build: () => Fragment, run: (piece: Piece) => Promise<readonly object[]>) {
    this.build = build
    this.#run = run
  }

  then: Promise<readonly object[]>["then"] = (resolve, reject) =>
    (this.#rows ??= this.#run(this)).then(resolve, reject)
}

/** Values of a template as the client takes them: pieces become parts of the statement. */
const built = (value: unknown): unknown => {
  if (value instanceof Piece) return value.build()
  return Array.isArray(value) && value[0] instanceof Piece ? value.map(built) : value
}

/** Templates that ended in a semicolon, without it: a nested statement must not end. */
const unended = new WeakMap<TemplateStringsArray, TemplateStringsArray>()

const withoutEnd = (template: TemplateStringsArray): TemplateStringsArray => {
  const last = template.at(-1) ?? ""
  if (!/;\s*$/.test(last)) return template
  const parts = [...template.slice(0, -1), last.replace(/;\s*$/, "")]
  const known = unended.get(template) ?? Object.assign(parts, { raw: parts })
  unended.set(template, known)
  return known
}

/** Runs the statements of one query. */
class Statements {
  readonly #sql: Connections
  readonly #name: string
  readonly #bounds: QueryBounds

  constructor(sql: Connections, name: string, bounds: QueryBounds) {
    this.#sql = sql
    this.#name = name
    this.#bounds = bounds
  }

  /** The rows of a piece. Rejects with `TooLarge` past a bound, and with `Timeout`. */
  async all(piece: Piece): Promise<readonly object[]> {
    const { rows, all } = await this.upTo(piece)
    if (all) return rows
    throw queryTooLarge(this.#name, this.#bounds.rows, this.#bounds.bytes)
  }

  /** The rows of a piece before a bound is passed. Rejects with `Timeout`. */
  async upTo(piece: Piece): Promise<Found> {
    const begun = performance.now()
    try {
      return await this.#inTime(piece)
    } catch (error) {
      if (codeOf(error) !== CANCELLED) throw error
      if (performance.now() - begun >= QUERY_MS) throw this.#tookTooLong(QUERY_MS, "one statement")
      // The cancellation of an earlier statement on the same connection hit this one.
      return await this.#inTime(piece)
    }
  }

  async #inTime(piece: Piece): Promise<Found> {
    const { until } = this.#bounds
    const begun = Date.now()
    if (until <= begun) throw this.#tookTooLong(0, "waiting for its turn")
    const rows: object[] = []
    // One by one: after a failure half-way, the client mixes up the rows of the next statement.
    const query = bounded(this.#sql, piece.build(), this.#bounds)
    const running = this.#sql.within(
      SILENCE_MS,
      async () => void await query.forEach((row) => void rows.push(row)),
    )
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<never>((_, reject) => {
      if (until === Infinity) return
      timer = setTimeout(() => {
        cancel(query)
        reject(this.#tookTooLong(until - begun, "its caller waits"))
      }, until - begun)
    })
    try {
      await Promise.race([running, over])
      return { rows, all: true }
    } catch (error) {
      running.catch(() => {})
      if (error instanceof Error && PASSED.test(error.message)) return { rows, all: false }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #tookTooLong(ms: number, what: string): Timeout {
    const message = `${this.#name} was given up after ${Math.round(ms)} ms (${what}): narrow it, ` +
      "or give its view an index"
    return new Timeout({ message })
  }
}

/** Turns the failure for a parameter that no column can hold into `Invalid`. */
const orInvalid = async (name: string, found: Promise<Found>): Promise<Found> => {
  try {
    return await found
  } catch (error) {
    if (!(error instanceof Error) || !DATA.test(codeOf(error))) throw error
    throw new Invalid({
      message: `a parameter of ${name} does not fit its column: ${error.message}`,
    })
  }
}

/**
 * Rows without the columns whose NULL stands for an absent field, so that a schema made of the
 * view's own fields accepts them.
 */
const withoutAbsent = (generations: readonly Generation[], result: unknown): unknown => {
  const optional = generations.flatMap(({ columns }) => columns.filter((each) => each.optional))
  if (optional.length === 0 || typeof result !== "object" || result === null) return result
  if (result instanceof Page) {
    return result.with(result.rows.map((row) => withoutAbsent(generations, row) as object))
  }
  if (Array.isArray(result)) return result.map((row) => withoutAbsent(generations, row))
  const absent = new Set(optional.map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(result).filter(([name, value]) => value !== null || !absent.has(name)),
  )
}

/** Answers a query over these connections, as `Store.answer` says. */
export const answerQuery = async (
  connections: Connections,
  { query: { name }, sql }: AnyQueryHandler,
  params: object,
  generations: readonly Generation[],
  { page = {}, bounds, user }: QueryAsked = {},
): Promise<unknown> => {
  const limits = { rows: QUERY_ROWS, bytes: QUERY_BYTES, until: Infinity, ...bounds }
  const statements = new Statements(connections, name, limits)
  const piece = (build: () => Fragment) => new Piece(build, (piece) => statements.all(piece))
  const tools: PageTools = {
    sql: (template, ...values) =>
      piece(() => connections(withoutEnd(template), ...values.map(built) as never[])),
    view: ({ name: view }: AnyProjection, table?: string) => {
      const generation = generations.find(({ projection }) => projection === view)
      if (generation) return connections.unsafe(tableOf(generation, table))
      throw new TypeError(`${name} reads ${view}, which is not in its "from"`)
    },
    upTo: (piece: SqlRows) => orInvalid(name, statements.upTo(piece as Piece)),
  }
  return withoutAbsent(generations, await sql(params, tools, user, page))
}
