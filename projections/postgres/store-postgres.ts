/** The store in Postgres. */
import type { Sql } from "postgres"
import { postgresUnreadables } from "./unreadable-postgres.ts"
import { connect, guarded } from "./connection-postgres.ts"
import { type Generation, tableOf } from "../store/generation.ts"
import { postgresGenerations } from "./generations-postgres.ts"
import { SILENCE_MS } from "../limits.ts"
import type { AnyProjection } from "../projection.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import type { SqlRows, SqlTools } from "../query-tools.ts"
import { saveRaw } from "./raw-postgres.ts"
import { postgresRegisters } from "./registers-postgres.ts"
import { postgresRows } from "./rows-postgres.ts"
import type { Store } from "../store/store.ts"
import { transactionsAt } from "./transaction-postgres.ts"

/** A store with connections to close. */
export interface PostgresStore extends Store {
  readonly close: () => Promise<void>
}

/** Queries have connections of their own, so that slow ones cannot hold the projections up. */
const CONNECTIONS = { projections: 8, queries: 8 }

/**
 * A result without the columns that stand for absent fields, so that a schema made of a view's
 * own columns takes the rows as they are.
 */
const withoutAbsent = (generations: readonly Generation[], result: unknown): unknown => {
  const optional = generations.flatMap(({ columns }) => columns.filter((each) => each.optional))
  if (optional.length === 0 || typeof result !== "object" || result === null) return result
  if (Array.isArray(result)) return result.map((row) => withoutAbsent(generations, row))
  const absent = new Set(optional.map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(result).filter(([name, value]) => value !== null || !absent.has(name)),
  )
}

const answer = async (
  sql: Sql,
  handler: AnyQueryHandler,
  params: object,
  generations: readonly Generation[],
): Promise<unknown> => {
  const tools: SqlTools = {
    sql: sql as unknown as (template: TemplateStringsArray, ...values: unknown[]) => SqlRows,
    view: ({ name }: AnyProjection, table?: string) => {
      const generation = generations.find(({ projection }) => projection === name)
      if (generation) return sql.unsafe(tableOf(generation, table))
      throw new TypeError(`${handler.query.name} reads ${name}, which is not in its "from"`)
    },
  }
  return withoutAbsent(generations, await handler.sql(params, tools))
}

/**
 * Makes a store at this URL, `postgres://user@host:port/database`. Queries are answered at
 * `queriesUrl`, whose user needs no more than to read. What a worker does all the time is given up
 * when there is no answer for `silenceMs`.
 */
export const postgresStore = (
  url: string,
  queriesUrl: string = url,
  silenceMs: number = SILENCE_MS,
): PostgresStore => {
  const writer = connect(url, CONNECTIONS.projections)
  const reader = connect(queriesUrl, CONNECTIONS.queries)
  const begin = transactionsAt(url)
  const inTime = <T>(run: () => Promise<T>) => writer.within(silenceMs, run)
  const generations = postgresGenerations(writer, begin)
  const registers = postgresRegisters(writer)
  const unreadables = postgresUnreadables(writer)
  const rows = postgresRows(writer, reader, begin)
  return {
    ...generations,
    ...registers,
    ...unreadables,
    ...rows,
    standings: (...given) => inTime(() => generations.standings(...given)),
    beat: (...given) => inTime(() => registers.beat(...given)),
    noteUnreadable: (...given) => inTime(() => unreadables.noteUnreadable(...given)),
    noteSkipped: (...given) => inTime(() => unreadables.noteSkipped(...given)),
    unreadableCounts: () => inTime(() => unreadables.unreadableCounts()),
    skipped: (...given) => inTime(() => registers.skipped(...given)),
    load: (...given) => inTime(() => rows.load(...given)),
    save: (...given) => inTime(() => rows.save(...given)),
    saveRaw: (...given) => guarded(() => saveRaw(begin, ...given)),
    // A rebuild or many lanes must not keep queries waiting for a connection.
    serving: postgresGenerations(reader, begin).serving,
    answer: (...given) => guarded(() => answer(reader, ...given)),
    close: async () => {
      await Promise.all([writer, reader].map((sql) => sql.end({ timeout: 2 })))
    },
  }
}
