/**
 * The range of a column: the values that its type cannot hold, as far as we can tell before
 * writing.
 */
import type { Column } from "./column.ts"
import { KEY_SHOWN } from "./limits.ts"
import type { PlainRow } from "./projection.ts"

/** The earliest time that Postgres can hold, and the most digits of a number. */
const EARLIEST = Date.parse("-004712-01-01T00:00:00Z")
const MOST_DIGITS = 131_072

const isUnstorable = (column: Column, value: unknown): boolean => {
  if (Array.isArray(value)) return value.some((each) => isUnstorable(column, each))
  if (typeof value !== "string") return false
  if (column.type.startsWith("timestamptz")) {
    return value.startsWith("-") && Date.parse(value) < EARLIEST
  }
  return column.type.startsWith("numeric") && value.length > MOST_DIGITS
}

/** Why a column cannot hold a value of this row, as far as we can tell before writing. */
export const unstorableIn = (columns: readonly Column[], row: PlainRow): string | undefined => {
  for (const column of columns) {
    if (column.type === "text" || column.type === "jsonb") continue
    const value = row[column.name]
    if (!isUnstorable(column, value)) continue
    const shown = String(value).slice(0, KEY_SHOWN)
    return `${column.name} is ${shown}, which a column ${column.type} cannot hold`
  }
  return undefined
}
