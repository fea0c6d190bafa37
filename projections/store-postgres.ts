/**
 * The store in Postgres. A save is one statement: the checkpoint's compare-and-set, and the rows
 * only where that succeeded, so it costs one round trip and is atomic by nature.
 */
import postgres, { type Sql } from "postgres"
import { isFailure, Unavailable } from "../contracts/mod.ts"
import { codeOf, isOutage } from "./outage.ts"
import { rowFromPostgres, rowsToPostgres } from "./column-value.ts"
import type { Changes } from "./fold.ts"
import type { AnyProjection } from "./projection.ts"
import type { SqlRows, SqlTools } from "./query-handler.ts"
import { isRefusal, leastRefused, RefusedRow } from "./refused-row.ts"
import { SQL_TYPES } from "./sql-types.ts"
import { storableJson } from "./storable-text.ts"
import { type Checkpoint, NotMade, type Store } from "./store.ts"
import { loadStatement, saveStatement, schemaOf, tableDefinition, tableOf } from "./view-sql.ts"

/** A store with connections to close. */
export interface PostgresStore extends Store {
  readonly close: () => Promise<void>
}

const META = `
create schema if not exists leftfold;
create table if not exists leftfold.checkpoint (
  projection text primary key,
  shape text not null,
  revision bigint not null default 0,
  positions jsonb not null default '{}',
  created jsonb not null default '{}'
)`

const UNDEFINED_TABLE = "42P01"

/** Queries have connections of their own, so that slow ones cannot hold the projections up. */
const CONNECTIONS = { projections: 4, queries: 8 }

const connect = (url: string, max: number): Sql =>
  postgres(url, {
    max,
    onnotice: () => {},
    // The driver asks for them on its own, and nobody catches it when the connection is lost then.
    fetch_types: false,
    connect_timeout: 5,
    // The client's own goes up to 20 seconds, for which a server that is back would not be used.
    backoff: () => 0.2,
    // Times are read as UTC, whatever the server or the environment would say.
    connection: { TimeZone: "UTC" },
    types: SQL_TYPES,
  })

const guarded = async <T>(run: () => PromiseLike<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (isFailure(error) || !isOutage(error)) throw error
    const reason = error instanceof Error && error.message || codeOf(error)
    throw new Unavailable({ message: `Postgres cannot be reached: ${reason}`, retryAfterMs: 1_000 })
  }
}

/** Makes the table of a view, unless it is there in the shape of today. */
const prepare = (sql: Sql, projection: AnyProjection): Promise<void> =>
  sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtext('leftfold'))`
    await transaction.unsafe(META)
    const shape = tableDefinition(projection)
    const [known] = await transaction`
      select shape from leftfold.checkpoint where projection = ${projection.name}`
    if (known?.shape === shape) return
    // A table without a checkpoint is not ours to drop: making ours then fails, and says why.
    if (known) await transaction.unsafe(`drop table if exists ${tableOf(projection)}`)
    await transaction.unsafe(`create schema if not exists ${schemaOf(projection)}`)
    await transaction.unsafe(shape)
    await transaction`
      insert into leftfold.checkpoint (projection, shape) values (${projection.name}, ${shape})
      on conflict (projection) do update
      set shape = excluded.shape, positions = '{}', created = '{}',
        revision = leftfold.checkpoint.revision + 1`
  }).then(() => {})

const checkpoint = async (sql: Sql, projection: AnyProjection): Promise<Checkpoint> => {
  const [found] = await sql<(Checkpoint & { shape: string })[]>`
    select shape, revision, positions, created from leftfold.checkpoint
    where projection = ${projection.name}`.catch((error) => {
    if (codeOf(error) === UNDEFINED_TABLE) return []
    throw error
  })
  if (!found) throw new NotMade(projection)
  const { shape, ...rest } = found
  if (shape === tableDefinition(projection)) return rest
  throw new Unavailable({
    message: `the view ${projection.name} was made anew, in another shape, by another version ` +
      "of this program: end the one or the other",
  })
}

/**
 * A result without the columns that stand for absent fields, so that a schema made of a view's
 * own columns takes the rows as they are.
 */
const withoutAbsent = (from: readonly AnyProjection[], result: unknown): unknown => {
  const optional = from.flatMap(({ columns }) => columns.filter((column) => column.optional))
  if (optional.length === 0 || typeof result !== "object" || result === null) return result
  if (Array.isArray(result)) return result.map((row) => withoutAbsent(from, row))
  const absent = new Set(optional.map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(result).filter(([name, value]) => value !== null || !absent.has(name)),
  )
}

/** Which of the rows is refused, found by saving some of them and taking it back. */
const refusedOf = async (
  sql: Sql,
  { keyColumn }: AnyProjection,
  { upserts, deletes }: Changes,
  run: (sql: Pick<Sql, "unsafe">, changes: Changes) => PromiseLike<unknown>,
): Promise<RefusedRow | undefined> => {
  const takenBack = new Error("taken back")
  const attempt = async (count: number) => {
    try {
      await sql.begin(async (transaction) => {
        await run(transaction, { upserts: upserts.slice(0, count), deletes })
        await transaction`set constraints all immediate`
        throw takenBack
      })
    } catch (error) {
      if (error === takenBack) return undefined
      if (isRefusal(error)) return error
      throw error
    }
  }
  const refusal = await leastRefused(upserts.length, attempt)
  return refusal && new RefusedRow(String(upserts[refusal.count - 1]?.[keyColumn]), refusal.error)
}

/** Makes a store at this URL, `postgres://user@host:port/database`. */
export const postgresStore = (url: string): PostgresStore => {
  const writer = connect(url, CONNECTIONS.projections)
  const reader = connect(url, CONNECTIONS.queries)
  const statements = new WeakMap<AnyProjection, { load: string; save: string }>()
  const tools: SqlTools = {
    sql: reader as unknown as (template: TemplateStringsArray, ...values: unknown[]) => SqlRows,
    view: (projection) => reader.unsafe(tableOf(projection)),
  }

  const statementsOf = (projection: AnyProjection) => {
    const known = statements.get(projection)
    if (known) return known
    const made = { load: loadStatement(projection), save: saveStatement(projection) }
    statements.set(projection, made)
    return made
  }

  const load = async (sql: Sql, projection: AnyProjection, keys: readonly string[]) => {
    const found = await sql.unsafe<{ row: Record<string, unknown> }[]>(
      statementsOf(projection).load,
      [storableJson(keys)],
      { prepare: true },
    )
    return new Map(
      found.map((
        { row },
      ) => [String(row[projection.keyColumn]), rowFromPostgres(projection.columns, row)]),
    )
  }

  const save: Store["save"] = async (projection, changes, before, after) => {
    const run = (sql: Pick<Sql, "unsafe">, { upserts, deletes }: Changes) =>
      sql.unsafe<{ fenced: number }[]>(
        statementsOf(projection).save,
        [
          storableJson(rowsToPostgres(projection.columns, upserts)),
          projection.name,
          String(before.revision),
          JSON.stringify(after.positions),
          JSON.stringify(after.created),
          storableJson(deletes),
        ],
        { prepare: true },
      )
    try {
      const [result] = await run(writer, changes)
      return result?.fenced === 1
    } catch (error) {
      if (isRefusal(error)) throw await refusedOf(writer, projection, changes, run) ?? error
      throw error
    }
  }

  return {
    prepare: (projection) => guarded(() => prepare(writer, projection)),
    checkpoint: (projection) => guarded(() => checkpoint(writer, projection)),
    load: (projection, keys) => guarded(() => load(writer, projection, keys)),
    row: (projection, key) => guarded(async () => (await load(reader, projection, [key])).get(key)),
    save: (...given) => guarded(() => save(...given)),
    answer: (handler, params) =>
      guarded(async () => withoutAbsent(handler.from, await handler.sql(params, tools))),
    close: async () => {
      await Promise.all([writer, reader].map((sql) => sql.end({ timeout: 2 })))
    },
  }
}
