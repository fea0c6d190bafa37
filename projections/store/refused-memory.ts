/** The rows that the memory twin refuses: those that a unique index in Postgres would refuse. */
import type { Changes } from "./changes.ts"
import type { Table } from "./generation.ts"
import type { PlainRow } from "../projection.ts"
import { RefusedRow } from "./refused-row.ts"
import type { ViewIndex } from "../view-index.ts"

/** The values of unique columns as a text; undefined where one of them is NULL. */
const uniqueText = (columns: readonly string[], row: PlainRow): string | undefined => {
  const values = columns.map((column) => row[column] ?? null)
  return values.includes(null) ? undefined : JSON.stringify(values)
}

/** The rows with the same values as another row in the columns of a unique index. */
export const refusedOf = (
  { keyColumn }: Pick<Table, "keyColumn">,
  indexes: readonly ViewIndex[],
  before: ReadonlyMap<string, PlainRow>,
  { upserts, deletes }: Pick<Changes, "upserts" | "deletes">,
): ReadonlyMap<string, RefusedRow> => {
  const refused = new Map<string, RefusedRow>()
  const unique = indexes.filter((index) => index.unique)
  if (unique.length === 0) return refused
  const rows = new Map(before)
  for (const key of deletes) rows.delete(key)
  // New writes come last, so of two rows the new one is refused.
  for (const row of upserts) rows.delete(String(row[keyColumn]))
  for (const row of upserts) rows.set(String(row[keyColumn]), row)
  for (const { columns } of unique) {
    const seen = new Set<string>()
    for (const [key, row] of rows) {
      const text = uniqueText(columns, row)
      if (text === undefined || refused.has(key)) continue
      if (seen.has(text)) {
        refused.set(key, new RefusedRow(key, `another has the same ${columns.join(", ")}`))
      }
      seen.add(text)
    }
  }
  return refused
}
