/** The SQL of a view: how its table is made, and the statements that read and write its rows. */
import type { AnyProjection } from "./projection.ts"

/** A name as SQL takes it, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const underscored = (name: string): string => quoted(name.replaceAll("-", "_"))

/** The schema of a projection's table: its context, dashes as underscores. */
export const schemaOf = ({ context }: AnyProjection): string => underscored(context)

/** The table of a projection: its own name, dashes as underscores, in its context's schema. */
export const tableOf = (projection: AnyProjection): string =>
  `${schemaOf(projection)}.${underscored(projection.local)}`

const listOf = (names: readonly string[]): string => names.map(quoted).join(", ")

/**
 * The statements that make a projection's table. They also are its shape: a view whose table was
 * made by other ones is made anew. Postgres names the indexes, so that no two are called the same.
 */
export const tableDefinition = (projection: AnyProjection): string => {
  const columns = projection.columns.map(({ name, type, nullable }) =>
    `  ${quoted(name)} ${type}${nullable ? "" : " not null"}`
  )
  const table = `create table ${tableOf(projection)} (\n${columns.join(",\n")},\n` +
    `  primary key (${quoted(projection.keyColumn)})\n)`
  const indexes = projection.indexes.map((columns) =>
    `create index on ${tableOf(projection)} (${listOf(columns)})`
  )
  return [table, ...indexes].join(";\n")
}

/** Reads rows as JSON. Takes the keys as a JSON array. */
export const loadStatement = (projection: AnyProjection): string =>
  // No column can have a space in its name, so the alias always means the whole row.
  `select row_to_json("the row") as row from ${tableOf(projection)} as "the row"
where ${quoted(projection.keyColumn)} in (select json_array_elements_text($1::text::json))`

/**
 * Writes rows and the checkpoint. Takes the rows to write as a JSON array, the projection, the
 * revision that must be the checkpoint's, positions and creation times as JSON, and the keys of
 * the rows to delete as a JSON array. Answers how many checkpoints it has moved: one or none.
 */
export const saveStatement = (projection: AnyProjection): string => {
  const table = tableOf(projection)
  const names = projection.columns.map(({ name }) => name)
  const typed = projection.columns.map(({ name, type }) => `${quoted(name)} ${type}`)
  const key = quoted(projection.keyColumn)
  const others = names.filter((name) => name !== projection.keyColumn).map(quoted)
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
  insert into ${table} (${listOf(names)})
  select ${listOf(names)} from json_to_recordset($1::text::json) as row (${typed.join(", ")})
  where exists (select from fence)
  on conflict (${key}) do ${update}
), removed as (
  delete from ${table}
  where exists (select from fence)
    and ${key} in (select json_array_elements_text($6::text::json))
)
select count(*)::int as fenced from fence`
}
