/** The SQL of a view: how its table is made, and the statements that read and write its rows. */
import { selectedColumn } from "./column-value.ts"
import type { AnyProjection } from "./projection.ts"
import { indexName, type ViewIndex } from "./view-index.ts"

/** A name as SQL takes it, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const underscored = (name: string): string => name.replaceAll("-", "_")

/** The schema of a projection's table: its context, dashes as underscores. */
export const schemaOf = ({ context }: AnyProjection): string => quoted(underscored(context))

const localOf = ({ local }: AnyProjection): string => underscored(local)

/** The table of a projection: its own name, dashes as underscores, in its context's schema. */
export const tableOf = (projection: AnyProjection): string =>
  `${schemaOf(projection)}.${quoted(localOf(projection))}`

const listOf = (names: readonly string[]): string => names.map(quoted).join(", ")

/**
 * The statement that makes an index of a view. Uniqueness is checked when everything of a save is
 * written, so that two rows may exchange their values, or one take what a deleted one had.
 */
const indexDefinition = (projection: AnyProjection, index: ViewIndex): string => {
  const name = quoted(indexName(localOf(projection), index))
  const columns = `(${listOf(index.columns)})`
  return index.unique
    ? `alter table ${tableOf(projection)}\n` +
      `  add constraint ${name} unique ${columns} deferrable initially deferred`
    : `create index ${name} on ${tableOf(projection)} ${columns}`
}

/**
 * The statements that make a projection's table. They also are its shape: a view whose table was
 * made by other ones is made anew.
 */
export const tableDefinition = (projection: AnyProjection): string => {
  const columns = projection.columns.map(({ name, type, nullable }) =>
    `  ${quoted(name)} ${type}${nullable ? "" : " not null"}`
  )
  const table = `create table ${tableOf(projection)} (\n${columns.join(",\n")},\n` +
    `  primary key (${quoted(projection.keyColumn)})\n)`
  const indexes = projection.indexes.map((index) => indexDefinition(projection, index))
  return [table, ...indexes].join(";\n")
}

/** Reads rows as JSON. Takes the keys as a JSON array. */
export const loadStatement = (projection: AnyProjection): string => {
  const columns = projection.columns.map((column) => selectedColumn(column, quoted(column.name)))
  // No column can have a space in its name, so the alias always means the whole row.
  return `select row_to_json("the row") as row from (
  select ${columns.join(", ")} from ${tableOf(projection)}
  where ${quoted(projection.keyColumn)} in (select json_array_elements_text($1::text::json))
) as "the row"`
}

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
