/**
 * The store in Postgres. A save is one statement: the checkpoint's compare-and-set, and the rows
 * only where that succeeded, so it costs one round trip and is atomic by nature.
 */
import postgres, { type Sql } from "postgres"
import { isFailure, type Positions, Unavailable } from "../contracts/mod.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"
import type { SqlRows, SqlTools } from "./query-handler.ts"
import type { Checkpoint, Store } from "./store.ts"

/** A store with a connection pool to close. */
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

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The name of a projection's table: its context's schema, dashes as underscores. */
export const tableOf = ({ context, local }: AnyProjection): string =>
  `${quoted(context.replaceAll("-", "_"))}.${quoted(local.replaceAll("-", "_"))}`

const indexOf = (projection: AnyProjection, columns: readonly string[]): string => {
  const name = [projection.local.replaceAll("-", "_"), ...columns].join("_").slice(0, 63)
  return `create index ${quoted(name)} on ${tableOf(projection)} (${
    columns.map(quoted).join(", ")
  })`
}

/** The statements that make a projection's table. */
export const tableDefinition = (projection: AnyProjection): string => {
  const columns = projection.columns.map(({ name, type, nullable }) =>
    `  ${quoted(name)} ${type}${nullable ? "" : " not null"}`
  )
  const table = `create table ${tableOf(projection)} (\n${columns.join(",\n")},\n` +
    `  primary key (${quoted(projection.keyColumn)})\n)`
  return [table, ...projection.indexes.map((index) => indexOf(projection, index))].join(";\n")
}

const saveStatement = (projection: AnyProjection): string => {
  const table = tableOf(projection)
  const names = projection.columns.map(({ name }) => quoted(name))
  const typed = projection.columns.map(({ name, type }) => `${quoted(name)} ${type}`)
  const key = quoted(projection.keyColumn)
  const others = names.filter((name) => name !== key)
  const update = others.length > 0
    ? `update set ${others.map((name) => `${name} = excluded.${name}`).join(", ")}`
    : "nothing"
  return `
with fence as (
  update leftfold.checkpoint
  set revision = revision + 1, positions = $4::text::jsonb, created = $5::text::jsonb
  where projection = $2 and revision = $3::bigint
  returning 1
), written as (
  insert into ${table} (${names.join(", ")})
  select ${names.join(", ")} from json_to_recordset($1::text::json) as row (${typed.join(", ")})
  where exists (select from fence)
  on conflict (${key}) do ${update}
), removed as (
  delete from ${table}
  where exists (select from fence)
    and ${key} in (select json_array_elements_text($6::text::json))
)
select count(*)::int as fenced from fence`
}

const plainRow = ({ columns }: AnyProjection, row: Record<string, unknown>): PlainRow => {
  for (const { name, optional } of columns) {
    if (optional && row[name] === null) delete row[name]
  }
  return row
}

/**
 * JSON that Postgres takes: it can hold neither U+0000 nor half of a surrogate pair, which are
 * shown as U+FFFD. An escape counts only after an even number of backslashes.
 */
const postgresJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, "$1\\ufffd")

const connectionOf = (url: string): Sql =>
  postgres(url, {
    max: 8,
    onnotice: () => {},
    connect_timeout: 5,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  })

const guarded = async <T>(run: () => PromiseLike<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (isFailure(error) || isStatementError(error)) throw error
    const reason = error instanceof Error ? error.message || error.name : String(error)
    throw new Unavailable({ message: `Postgres cannot be reached: ${reason}`, retryAfterMs: 1_000 })
  }
}

/** A statement that Postgres refused, as opposed to a connection that failed or was ended. */
const isStatementError = (error: unknown): boolean => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57)/.test(code)
}

/** Makes a store at this URL, `postgres://user@host:port/database`. */
export const postgresStore = (url: string): PostgresStore => {
  const sql = connectionOf(url)
  const statements = new Map<string, string>()
  const tools: SqlTools = {
    sql: sql as unknown as (template: TemplateStringsArray, ...values: unknown[]) => SqlRows,
    view: (projection) => sql.unsafe(tableOf(projection)),
  }

  const statementOf = (projection: AnyProjection): string => {
    const known = statements.get(projection.name) ?? saveStatement(projection)
    statements.set(projection.name, known)
    return known
  }

  const prepare = (projection: AnyProjection) =>
    sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(hashtext('leftfold'))`
      await transaction.unsafe(META)
      const shape = tableDefinition(projection)
      const [known] = await transaction`
        select shape from leftfold.checkpoint where projection = ${projection.name}`
      if (known?.shape === shape) return
      const table = tableOf(projection)
      const schema = table.slice(0, table.indexOf("."))
      await transaction.unsafe(`create schema if not exists ${schema}`)
      await transaction.unsafe(`drop table if exists ${table}`)
      await transaction.unsafe(shape)
      await transaction`
        insert into leftfold.checkpoint (projection, shape) values (${projection.name}, ${shape})
        on conflict (projection) do update
        set shape = excluded.shape, positions = '{}', created = '{}',
          revision = leftfold.checkpoint.revision + 1`
    }).then(() => {})

  const checkpoint = async ({ name }: AnyProjection): Promise<Checkpoint> => {
    const [found] = await sql<{ revision: number; positions: Positions; created: never }[]>`
      select revision, positions, created from leftfold.checkpoint where projection = ${name}`
    return found ?? { revision: 0, positions: {}, created: {} }
  }

  const load = async (projection: AnyProjection, keys: readonly string[]) => {
    const key = quoted(projection.keyColumn)
    const found = await sql.unsafe<{ row: Record<string, unknown> }[]>(
      `select row_to_json(view) as row from ${tableOf(projection)} as view where ${key} in
        (select json_array_elements_text($1::text::json))`,
      [postgresJson(keys)],
      { prepare: true },
    )
    return new Map(
      found.map(({ row }) => [String(row[projection.keyColumn]), plainRow(projection, row)]),
    )
  }

  const save: Store["save"] = async (projection, { upserts, deletes }, before, after) => {
    const [result] = await sql.unsafe<{ fenced: number }[]>(
      statementOf(projection),
      [
        postgresJson(upserts),
        projection.name,
        String(before.revision),
        JSON.stringify(after.positions),
        JSON.stringify(after.created),
        postgresJson(deletes),
      ],
      { prepare: true },
    )
    return result?.fenced === 1
  }

  return {
    prepare: (projection) => guarded(() => prepare(projection)),
    checkpoint: (projection) => guarded(() => checkpoint(projection)),
    load: (projection, keys) => guarded(() => load(projection, keys)),
    save: (...given) => guarded(() => save(...given)),
    answer: (handler, params) => guarded(() => handler.sql(params, tools)),
    close: () => sql.end({ timeout: 2 }),
  }
}
