/** The SQL of a shadow: temporary tables, and how a view is compared with them. */
import { selectedColumn } from "./column-value.ts"
import type { Generation, Table } from "../store/generation.ts"
import { quoted } from "../sql-name.ts"

// No column of a view has a space in its name, so names with one are the shadow's own.
const IS_THERE = quoted("is there")
const LAST_CONTEXT = quoted("last context")
const LAST_SEQUENCE = quoted("last sequence")
const FAILURE = quoted("its failure")
/** Stands for the key in an index, which cannot hold a long key. */
const INDEXED = quoted("indexed key")

const OWN = [INDEXED, IS_THERE, LAST_CONTEXT, LAST_SEQUENCE, FAILURE]

const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => quoted(name))

const typesOf = ({ columns }: Table): string[] =>
  columns.map(({ name, type }) => `${quoted(name)} ${type}`)

const OWN_TYPES = [
  `${INDEXED} text`,
  `${IS_THERE} boolean`,
  `${LAST_CONTEXT} text`,
  `${LAST_SEQUENCE} bigint`,
  `${FAILURE} json`,
]

/** Copies the rows of a view as they are, to the table `seen`. */
export const copyRows = (table: Table): string =>
  `create temporary table seen as select ${namesOf(table).join(", ")} from ${table.table}`

/** Copies what is parked, to the table `aside`. Takes the projection and the generation. */
export const copyParked = ({ projection, number }: Generation): string =>
  `create temporary table aside as
select key, context, sequence, index from leftfold.parked
where projection = '${projection}' and generation = ${number}`

/** Makes the table `shadow`: a row for each key that an event has touched. */
export const shadowDefinition = (table: Table): string =>
  `create temporary table shadow (
  ${[...typesOf(table), ...OWN_TYPES].join(",\n  ")},
  primary key (${INDEXED})
)`

/** Writes to the shadow. Takes a JSON array of rows. A row that failed once stays failed. */
export const shadowSave = (table: Table): string => {
  const names = [...namesOf(table), ...OWN]
  const replaced = [...namesOf(table), IS_THERE].map((name) => `${name} = excluded.${name}`)
  return `insert into shadow (${names.join(", ")})
select ${names.join(", ")}
from json_to_recordset($1::text::json) as row (${[...typesOf(table), ...OWN_TYPES].join(", ")})
on conflict (${INDEXED}) do update set ${replaced.join(", ")},
  ${LAST_CONTEXT} = coalesce(excluded.${LAST_CONTEXT}, shadow.${LAST_CONTEXT}),
  ${LAST_SEQUENCE} = coalesce(excluded.${LAST_SEQUENCE}, shadow.${LAST_SEQUENCE}),
  ${FAILURE} = coalesce(shadow.${FAILURE}, excluded.${FAILURE})`
}

/** Reads the shadow. Takes a JSON array of what stands for the keys in its index. */
export const shadowLoad = (table: Table): string => {
  const selected = table.columns.map((column) => selectedColumn(column, quoted(column.name)))
  return `select ${quoted(table.keyColumn)} as key, ${IS_THERE} as there, ${FAILURE} as failure,
  (select row_to_json("the row") from (select ${selected.join(", ")}) as "the row") as row
from shadow
where ${INDEXED} in (select json_array_elements_text($1::text::json))`
}

/** Compares the copy of the view with the shadow and writes the table `drift`. */
export const compareStatement = (table: Table): string => {
  const key = quoted(table.keyColumn)
  // Compared as texts, to also find values that are equal but written differently.
  const differing = table.columns.filter(({ name }) => name !== table.keyColumn).map(({ name }) =>
    `case when seen.${quoted(name)}::text is distinct from shadow.${quoted(name)}::text
      then '${name}' end`
  )
  const columns = `array_remove(array[${differing.join(", ")}]::text[], null)`
  return `create temporary table drift as
select row_number() over (order by key) as number, compared.* from (
  select coalesce(seen.${key}, shadow.${key}) as key,
    case when shadow.${FAILURE} is not null then 'failed'
      when seen.${key} is null then 'missing'
      when shadow.${IS_THERE} is not true then 'extra'
      else 'different' end as kind,
    case when seen.${key} is not null and shadow.${IS_THERE} then ${columns}
      else '{}' end as columns,
    shadow.${LAST_CONTEXT} as context, shadow.${LAST_SEQUENCE} as sequence,
    shadow.${FAILURE} as failure
  from seen full join shadow on seen.${key} = shadow.${key}
  where seen.${key} is not null or shadow.${IS_THERE} or shadow.${FAILURE} is not null
) as compared
where kind <> 'different' or columns <> '{}'`
}
