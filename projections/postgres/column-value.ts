/** The values of columns: how a row in its plain form is written to Postgres and read from it. */
import { storableJson } from "./storable-json.ts"
import { StatementTooLarge } from "../store/refused-row.ts"
import { WRITE_CHARACTERS } from "../limits.ts"
import type { Column } from "../column.ts"
import type { PlainRow } from "../projection.ts"
import { timeFromPostgres, timeToPostgres } from "../time-text.ts"

/** Applies a function to a text, or to each text of an array. */
const mapText = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === "string") return change(value)
  return Array.isArray(value) ? value.map((each) => mapText(each, change)) : value
}

const isTime = ({ type }: Column): boolean => type.startsWith("timestamptz")

/** Rows as Postgres takes them. */
export const rowsToPostgres = (
  columns: readonly Column[],
  rows: readonly PlainRow[],
): readonly PlainRow[] => {
  const times = columns.filter(isTime).map(({ name }) => name)
  if (times.length === 0) return rows
  return rows.map((row) => {
    const changed: Record<string, unknown> = { ...row }
    for (const name of times) changed[name] = mapText(row[name], timeToPostgres)
    return changed
  })
}

/** Rows as the JSON that a statement takes. Throws `StatementTooLarge`. */
export const rowsJson = (rows: readonly PlainRow[]): string => {
  let json: string
  try {
    json = storableJson(rows)
  } catch (error) {
    // The JSON is longer than a string can be, or nested too deeply.
    if (!(error instanceof RangeError)) throw error
    throw new StatementTooLarge(`it cannot be written as JSON: ${error.message}`)
  }
  if (json.length <= WRITE_CHARACTERS) return json
  throw new StatementTooLarge(
    `it has ${json.length} characters as JSON, and no more than ` +
      `${WRITE_CHARACTERS} can be written at once`,
  )
}

/** A row that Postgres gave as JSON, in its plain form; it is changed in place. */
export const rowFromPostgres = (
  columns: readonly Column[],
  row: Record<string, unknown>,
): PlainRow => {
  for (const column of columns) {
    const { name, optional } = column
    if (optional && row[name] === null) delete row[name]
    else if (isTime(column)) {
      row[name] = mapText(row[name], (time) => timeFromPostgres(time).toJSON())
    }
  }
  return row
}

/**
 * The SQL that selects a column for a row as JSON. JSON numbers that would lose digits become text.
 */
export const selectedColumn = ({ type }: Column, quotedName: string): string => {
  if (type === "numeric") return `${quotedName}::text as ${quotedName}`
  if (type === "numeric[]") return `${quotedName}::text[] as ${quotedName}`
  return quotedName
}
