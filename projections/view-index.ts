/** An index of a view: columns that rows are found by, and whether these must be unique. */
import { createHash } from "node:crypto"

/** Columns to be found by, as they are written down: one, several together, or unique ones. */
export type IndexOption<C extends string = string> =
  | C
  | readonly C[]
  | { readonly columns: readonly C[]; readonly unique?: boolean }

/** An index of a view. */
export interface ViewIndex {
  readonly columns: readonly string[]
  /** Whether no two rows may have the same values in them; NULL is never the same. */
  readonly unique: boolean
}

/** The longest name that Postgres keeps whole, in bytes. */
const LONGEST_NAME = 63

/** An index from how it is written down. */
export const indexOf = (option: IndexOption): ViewIndex => {
  if (typeof option === "string") return { columns: [option], unique: false }
  if ("columns" in option) return { columns: option.columns, unique: option.unique ?? false }
  return { columns: option, unique: false }
}

/**
 * What an index of a table is called. The name says all that there is to an index, so an index of
 * this name is this index, and one of any other name is another: `order_list by customer, placed`.
 */
export const indexName = (table: string, { columns, unique }: ViewIndex): string => {
  const name = `${table} ${unique ? "unique " : ""}by ${columns.join(", ")}`
  if (name.length <= LONGEST_NAME) return name
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8)
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)} ${hash}`
}
