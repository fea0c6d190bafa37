/** The table of a generation in Postgres: its indexes, and the view that names it for people. */
import { splitName } from "../../contracts/internal.ts"
import type { Generation, OwnTable } from "../store/generation.ts"
import { codeOf } from "./outage.ts"
import type { FoldedProjection } from "../projection.ts"
import { nested, type Transaction } from "./transaction-postgres.ts"
import {
  indexDefinition,
  isOwnIndex,
  stableName,
  stableRawName,
  tableDefinition,
  tableName,
} from "./view-sql.ts"
import { quoted } from "../sql-name.ts"

interface FoundIndex {
  readonly name: string
  readonly constrains: boolean
}

/** Makes the table of a generation and its indexes; answers an empty list of further tables. */
export const makeTable = async (
  transaction: Transaction,
  projection: FoldedProjection,
  generation: number,
): Promise<readonly OwnTable[]> => {
  const { columns, keyColumn } = projection
  const table = tableName(projection, generation)
  // If the table already exists it is not ours: making it fails and says why.
  await transaction.unsafe(tableDefinition({ table, columns, keyColumn }))
  await makeIndexes(transaction, projection, generation)
  return []
}

/** Makes the indexes that a projection asks for, and drops those that it no longer asks for. */
export const makeIndexes = async (
  transaction: Transaction,
  projection: FoldedProjection,
  generation: number,
): Promise<void> => {
  const table = tableName(projection, generation)
  const found = await transaction<FoundIndex[]>`
    select class.relname as name, "constraint".conname is not null as constrains
    from pg_index join pg_class as class on class.oid = pg_index.indexrelid
    left join pg_constraint as "constraint" on "constraint".conindid = pg_index.indexrelid
    where pg_index.indrelid = ${table}::text::regclass and not pg_index.indisprimary`
  const wanted = projection.indexes.map((index) => indexDefinition(projection, generation, index))
  for (const { name, constrains } of found) {
    // Indexes that people have made have other names.
    if (!isOwnIndex(projection, generation, name) || wanted.some((index) => index.name === name)) {
      continue
    }
    const { schema, local } = partsOf(table)
    await transaction.unsafe(
      constrains
        ? `alter table ${schema}.${local} drop constraint ${quoted(name)}`
        : `drop index ${schema}.${quoted(name)}`,
    )
  }
  for (const { name, statement } of wanted) {
    if (!found.some((index) => index.name === name)) await transaction.unsafe(statement)
  }
}

const partsOf = (table: string) => {
  const [schema = "", local = ""] = table.split(".")
  return { schema, local }
}

const INVALID_DEFINITION = "42P16"

/** The parts of a generation that naming it needs. */
type Named = Pick<Generation, "projection" | "table" | "columns" | "tables">

/** A view under which people read a table. */
interface StableView {
  readonly name: string
  readonly definition: string
}

const viewsOf = ({ projection, table, columns, tables }: Named): StableView[] => {
  const named = splitName(projection, "the projection")
  if (tables.length > 0) {
    return tables.map(({ name, table }) => ({
      name: stableRawName(named, name),
      definition: `select * from ${table}`,
    }))
  }
  const names = columns.map((column) => quoted(column.name)).join(", ")
  return [{ name: stableName(named), definition: `select ${names} from ${table}` }]
}

/** Gives the projection's name to the serving generation, for people's SQL. */
export const nameServing = async (
  transaction: Transaction,
  now: Named,
  before?: Named,
): Promise<void> => {
  const views = viewsOf(now)
  const gone = (before ? viewsOf(before) : [])
    .filter(({ name }) => !views.some((view) => view.name === name))
  for (const { name } of gone) await transaction.unsafe(`drop view if exists ${name}`)
  for (const view of views) await nameView(transaction, view)
}

const nameView = async (transaction: Transaction, view: StableView): Promise<void> => {
  const { name } = view
  const definition = `view ${name} as ${view.definition}`
  try {
    await nested(transaction, async () => {
      await transaction.unsafe(`create or replace ${definition}`)
    })
  } catch (error) {
    if (codeOf(error) !== INVALID_DEFINITION) throw error
    // The columns differ: the view is made again, and its readers keep their rights.
    const grants = await transaction<{ statement: string }[]>`
      select format('grant %s on %s to %s', privilege_type, ${name}::text,
        case grantee when 0 then 'public' else grantee::regrole::text end) as statement
      from pg_class, aclexplode(relacl) as granted
      where pg_class.oid = ${name}::text::regclass and grantee <> relowner`
    await transaction.unsafe(`drop view ${name}; create ${definition}`)
    for (const { statement } of grants) await transaction.unsafe(statement)
  }
}
