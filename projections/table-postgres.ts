/** The table of a generation in Postgres: its indexes, and the view that names it for people. */
import { splitName } from "../contracts/mod.ts"
import type { Generation } from "./generation.ts"
import { codeOf } from "./outage.ts"
import type { AnyProjection } from "./projection.ts"
import { nested, type Transaction } from "./transaction-postgres.ts"
import { indexDefinition, indexPrefixes, quoted, stableName, tableName } from "./view-sql.ts"

interface FoundIndex {
  readonly name: string
  readonly constrains: boolean
}

/** Makes the indexes that a projection asks for, and drops those that it no longer does. */
export const makeIndexes = async (
  transaction: Transaction,
  projection: AnyProjection,
  generation: number,
): Promise<void> => {
  const table = tableName(projection, generation)
  const found = await transaction<FoundIndex[]>`
    select class.relname as name, "constraint".conname is not null as constrains
    from pg_index join pg_class as class on class.oid = pg_index.indexrelid
    left join pg_constraint as "constraint" on "constraint".conindid = pg_index.indexrelid
    where pg_index.indrelid = ${table}::text::regclass and not pg_index.indisprimary`
  const wanted = projection.indexes.map((index) => indexDefinition(projection, generation, index))
  const prefixes = indexPrefixes(projection, generation)
  for (const { name, constrains } of found) {
    // Those that people have made are called otherwise.
    const isOurs = prefixes.some((prefix) => name.startsWith(prefix))
    if (!isOurs || wanted.some((index) => index.name === name)) continue
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

/** Lets people find the serving generation under the projection's own name. */
export const nameServing = async (
  transaction: Transaction,
  { projection, table, columns }: Pick<Generation, "projection" | "table" | "columns">,
): Promise<void> => {
  const name = stableName(splitName(projection, "the projection"))
  const names = columns.map((column) => quoted(column.name)).join(", ")
  const definition = `view ${name} as select ${names} from ${table}`
  try {
    await nested(transaction, async () => {
      await transaction.unsafe(`create or replace ${definition}`)
    })
  } catch (error) {
    if (codeOf(error) !== INVALID_DEFINITION) throw error
    // Other columns: the view is made anew, and who could read it before can again.
    const grants = await transaction<{ statement: string }[]>`
      select format('grant %s on %s to %s', privilege_type, ${name}::text,
        case grantee when 0 then 'public' else grantee::regrole::text end) as statement
      from pg_class, aclexplode(relacl) as granted
      where pg_class.oid = ${name}::text::regclass and grantee <> relowner`
    await transaction.unsafe(`drop view ${name}; create ${definition}`)
    for (const { statement } of grants) await transaction.unsafe(statement)
  }
}
