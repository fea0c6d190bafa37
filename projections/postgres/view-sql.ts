/** The SQL of a view: how the table of a generation is made, and what reads and writes its rows. */
import { ERROR_CHARACTERS } from "../limits.ts"
import { quoted } from "../sql-name.ts"
import { selectedColumn } from "./column-value.ts"
import type { Table } from "../store/generation.ts"
import { shortHash } from "../hash.ts"
import { FIRST_PARKED, PARK } from "./parked-sql.ts"
import type { AnyProjection } from "../projection.ts"
import { NEXT_REVISION } from "./revision-sql.ts"
import { indexName, isIndexName, type ViewIndex } from "../view-index.ts"

/** The longest name that Postgres keeps whole, in bytes. */
const LONGEST_NAME = 63

const underscored = (name: string): string => name.replaceAll("-", "_")

/** A name with an ending that keeps it unique even if the name is cut. */
const withEnding = (name: string, ending: string): string => {
  if (name.length + ending.length <= LONGEST_NAME) return name + ending
  const hash = `_${shortHash(name)}`
  return name.slice(0, LONGEST_NAME - hash.length - ending.length) + hash + ending
}

type Named = Pick<AnyProjection, "context" | "local">

/** The name of the schema of a projection's tables: its context, dashes as underscores. */
export const viewSchema = ({ context }: Pick<Named, "context">): string => underscored(context)

/** The same, quoted for SQL. */
export const schemaOf = (projection: Pick<Named, "context">): string =>
  quoted(viewSchema(projection))

/**
 * The name under which people read the generation that serves: the projection's own, dashes as
 * underscores, in its context's schema.
 */
export const stableName = (projection: Named): string =>
  `${schemaOf(projection)}.${quoted(withEnding(underscored(projection.local), ""))}`

const localTable = ({ local }: Pick<Named, "local">, generation: number): string =>
  withEnding(underscored(local), `__${generation}`)

/** The table of a generation, such as `"orders"."order_list__3"`. */
export const tableName = (projection: Named, generation: number): string =>
  `${schemaOf(projection)}.${quoted(localTable(projection, generation))}`

const rawLocal = ({ local }: Pick<Named, "local">, table: string): string =>
  `${underscored(local)}__${table}`

/** The name under which people read a table of the serving raw generation. */
export const stableRawName = (projection: Named, table: string): string =>
  `${schemaOf(projection)}.${quoted(withEnding(rawLocal(projection, table), ""))}`

/** A table of a raw generation, such as `"orders"."takings__per_hour__3"`. */
export const rawTableName = (projection: Named, table: string, generation: number): string =>
  `${schemaOf(projection)}.${quoted(withEnding(rawLocal(projection, table), `__${generation}`))}`

const listOf = (names: readonly string[]): string => names.map(quoted).join(", ")

/** The statement that makes the table of a generation. */
export const tableDefinition = ({ table, columns, keyColumn }: Table): string => {
  const definitions = columns.map(({ name, type, nullable }) =>
    `  ${quoted(name)} ${type}${nullable ? "" : " not null"}`
  )
  return `create table ${table} (\n${definitions.join(",\n")},\n` +
    `  primary key (${quoted(keyColumn)})\n)`
}

/** An index of a table, and the statement that makes it. */
export interface IndexDefinition {
  readonly name: string
  readonly statement: string
}

/**
 * The index of a generation's table. Uniqueness is checked when a whole save is written, so two
 * rows can swap values, and a row can take a value that a deleted one had.
 */
export const indexDefinition = (
  projection: Named,
  generation: number,
  index: ViewIndex,
): IndexDefinition => {
  const table = tableName(projection, generation)
  const name = indexName(localTable(projection, generation), index)
  const columns = `(${listOf(index.columns)})`
  const statement = index.unique
    ? `alter table ${table}\n` +
      `  add constraint ${quoted(name)} unique ${columns} deferrable initially deferred`
    : `create index ${quoted(name)} on ${table} ${columns}`
  return { name, statement }
}

/** Whether an index of a generation's table is one that the projection asked for at some time. */
export const isOwnIndex = (projection: Named, generation: number, name: string): boolean =>
  isIndexName(localTable(projection, generation), name)

/**
 * A generation of each length that a number can have: from the longest on, all names end in as many
 * characters, so two projections that differ in these names differ in all.
 */
const GENERATIONS = Array.from({ length: 10 }, (_, digits) => 10 ** digits)

/** What a projection has in its schema. */
type Held = Pick<AnyProjection, "context" | "local" | "indexes"> & {
  readonly tables?: readonly string[]
}

/** The names of everything that Postgres holds of a projection, in its schema. */
export const relationNames = (projection: Held): string[] => {
  const { local, tables, indexes } = projection
  if (tables) {
    return tables.map((table) => rawLocal({ local }, table)).flatMap((name) => [
      withEnding(name, ""),
      ...GENERATIONS.map((number) => withEnding(name, `__${number}`)),
    ])
  }
  return [
    withEnding(underscored(local), ""),
    ...GENERATIONS.map((number) => localTable(projection, number)).flatMap((table) => [
      table,
      ...indexes.map((index) => indexName(table, index)),
    ]),
  ]
}

/** Reads rows as JSON. Takes the keys as a JSON array. */
const rowsStatement = ({ table, columns, keyColumn }: Table): string => {
  const selected = columns.map((column) => selectedColumn(column, quoted(column.name)))
  // No column can have a space in its name, so the alias always means the whole row.
  return `select row_to_json("the row") as row, false as parked from (
  select ${selected.join(", ")} from ${table}
  where ${quoted(keyColumn)} in (select json_array_elements_text($1::text::json))
) as "the row"`
}

/**
 * Reads the row of one key as JSON text, and its size in bytes. Takes the key, and the size above
 * which the text is left out.
 */
export const rowStatement = ({ table, columns, keyColumn }: Table): string => {
  const selected = columns.map((column) => selectedColumn(column, quoted(column.name)))
  return `select octet_length(json) as bytes,
  case when octet_length(json) <= $2 then json end as json
from (
  select row_to_json("the row")::text as json from (
    select ${selected.join(", ")} from ${table} where ${quoted(keyColumn)} = $1::text
  ) as "the row"
) as found`
}

/**
 * Reads rows as JSON, and the first parked event of each parked key. Takes a JSON array of keys,
 * the projection and the generation.
 */
export const loadStatement = (table: Table): string =>
  `${rowsStatement(table)}
union all
select row_to_json("first"), true from (${FIRST_PARKED}) as "first"`

/** Writes rows of a JSON array, under a condition. */
const upsertOf = (
  { table, columns, keyColumn }: Table,
  rows: string,
  condition: string,
): string => {
  const names = columns.map(({ name }) => name)
  const typed = columns.map(({ name, type }) => `${quoted(name)} ${type}`)
  const others = names.filter((name) => name !== keyColumn).map(quoted)
  const update = others.length > 0
    ? `update set ${others.map((name) => `${name} = excluded.${name}`).join(", ")}`
    : "nothing"
  return `insert into ${table} (${listOf(names)})
  select ${listOf(names)} from json_to_recordset(${rows}) as row (${typed.join(", ")})
  where ${condition}
  on conflict (${quoted(keyColumn)}) do ${update}`
}

const IF_FENCED = "exists (select from fence)"

const removeOf = ({ table, keyColumn }: Table): string =>
  `delete from ${table}
  where ${IF_FENCED}
    and ${quoted(keyColumn)} in (select json_array_elements_text($2::text::json))`

/**
 * If Postgres crashes, a generation that is being built loses checkpoint and rows together, and
 * both are folded again. So its saves need not wait for the disk. Letting it serve does wait.
 */
const UNSYNCED_IF_BUILDING = `(
  select set_config('synchronous_commit', 'off', true) from leftfold.generation
  where projection = $3 and number = $4::integer and state = 'building'
)`

const withFence = (table: Table, fence: string, answer: string): string => `
with fence as (
  ${fence}
), written as (
  ${upsertOf(table, "$1::text::json", IF_FENCED)}
), removed as (
  ${removeOf(table)}
), parked as (
  ${PARK}
)
select ${answer} from fence`

const MOVE_LANE = `update leftfold.lane
  set revision = ${NEXT_REVISION}, positions = $8::text::jsonb, created = $9::text::jsonb,
    ahead = $10::text::jsonb
  where projection = $3 and generation = $4::integer and lane = $6::integer
    and revision = $7::bigint
  returning revision`

/**
 * Writes rows and the checkpoint of a lane. Takes: JSON arrays of the rows to write and the keys to
 * delete, the projection, the generation, a JSON array of events to park, the lane, the expected
 * revision, and as JSON positions, creation times and what is ahead. Answers the lane's next
 * revision, or nothing if the lane had another revision.
 */
export const saveStatement = (table: Table): string =>
  withFence(table, MOVE_LANE, `revision, ${UNSYNCED_IF_BUILDING}`)

/** Writes rows whose lanes are held. Takes the first five parameters of `saveStatement`. */
export const writeStatement = (table: Table): string => withFence(table, "select 1", "1")

/** Makes the tables in which rows are tried, within the transaction that tries them. */
export const ATTEMPT_TABLES = `
create temporary table candidate (place integer, row json) on commit drop;
create temporary table refusal (place integer, code text, message text) on commit drop`

/** Adds candidates. Takes a JSON array of rows and the number of the first one. */
export const ADD_CANDIDATES = `insert into candidate
select $2::integer + ordinality - 1, value
from json_array_elements($1::text::json) with ordinality`

/**
 * Writes the candidates one after another and records why some are refused. It runs on the server:
 * a batch can have a thousand rows, and a round trip for each takes far longer.
 */
export const attemptStatement = (table: Table): string =>
  `do $attempt$
declare
  each record;
begin
  for each in select place, row from pg_temp.candidate order by place loop
    begin
      ${upsertOf(table, "json_build_array(each.row)", "true")};
    exception when ${REFUSALS} then
      insert into pg_temp.refusal values (each.place, sqlstate, left(sqlerrm, ${ERROR_CHARACTERS}));
    end;
  end loop;
end $attempt$`

/** The conditions of `isRefusal`, as PL/pgSQL names them. */
const REFUSALS = "data_exception or integrity_constraint_violation or " +
  "with_check_option_violation or program_limit_exceeded or plpgsql_error"
