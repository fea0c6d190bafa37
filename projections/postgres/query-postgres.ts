/**
 * Answers queries from Postgres. Each statement of a handler is bounded in rows, in bytes and in
 * time: Postgres adds the bytes up while it reads and stops by itself, so that nothing larger than
 * the bound is ever sent.
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

/** What Postgres says it was asked to read as a number when a bound is passed. */
const PASSED = /"leftfold: \d+"/

/** The code of a statement that was cancelled, because somebody asked for it or for its time. */
const CANCELLED = "57014"

/** The codes of values that a type cannot hold begin with this. */
const DATA = /^22/

/** What a row takes besides its own text, in bytes. */
const ROW_BYTES = 32

interface Found {
  readonly rows: readonly object[]
  /** Whether these are all; otherwise those before a bound was passed. */
  readonly all: boolean
}

/** A statement, with what the client does not tell of in its types. */
interface Cancellable extends PendingQuery<object[]> {
  canceller?: ((query: unknown) => Promise<unknown>) | null
}

/** Ends a statement. Its own promise then rejects; whether it could be ended is not waited for. */
const cancel = (query: Cancellable): void => {
  const { canceller } = query
  query.canceller = null
  canceller?.(query).catch(() => {})
}

/**
 * A statement within its bounds. Past one of them it fails, because a text that says so is read as
 * a number: an error that any server can be made to give, before the row is sent.
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

/** A piece of SQL: a part of another one, or a statement as soon as it is awaited. */
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

/** Templates that ended in a semicolon, without it: no statement ends within another one. */
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

  /** The rows of a piece. Rejects with `TooLarge` when a bound is passed, and with `Timeout`. */
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
      // What was to end another statement on the same connection has come too late for that one.
      return await this.#inTime(piece)
    }
  }

  async #inTime(piece: Piece): Promise<Found> {
    const { until } = this.#bounds
    const begun = Date.now()
    if (until <= begun) throw this.#tookTooLong(0, "waiting for its turn")
    const rows: object[] = []
    // One by one: after a failure half-way the client puts rows of the next statement elsewhere.
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

/** What is thrown for a value that came with the question and that no column can hold. */
const orInvalid = async (name: string, found: Promise<Found>): Promise<Found> => {
  try {
    return await found
  } catch (error) {
    if (!(error instanceof Error) || !DATA.test(codeOf(error))) throw error
    throw new Invalid({
      message: `${name} is asked with what its view cannot hold: ${error.message}`,
    })
  }
}

/**
 * Rows without the columns that stand for absent fields, so that a schema made of a view's own
 * columns takes the rows as they are.
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

/** Answers a query over these connections, as `Store.answer`. */
export const answerQuery = async (
  connections: Connections,
  { query: { name }, sql }: AnyQueryHandler,
  params: object,
  generations: readonly Generation[],
  { page = {}, bounds }: QueryAsked = {},
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
  return withoutAbsent(generations, await sql(params, tools, page))
}
