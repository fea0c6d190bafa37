/** An index of a view: the columns to find rows by, and whether they must be unique. */
import { createHash } from "node:crypto"
import { INDEXED_BYTES } from "./limits.ts"
import { encodeText } from "../wire/internal.ts"

/** An index as its author writes it: one column, several together, or unique ones. */
export type IndexOption<C extends string = string> =
  | C
  | readonly C[]
  | { readonly columns: readonly C[]; readonly unique?: boolean }

/** An index of a view. */
export interface ViewIndex {
  readonly columns: readonly string[]
  /** Whether no two rows can have the same values in them; NULL never equals NULL. */
  readonly unique: boolean
}

/** The longest name that Postgres keeps whole, in bytes. */
const LONGEST_NAME = 63

/** What is kept of an index's name that is too long, before its hash. */
const KEPT = LONGEST_NAME - 9

/** The index that an option describes. */
export const indexOf = (option: IndexOption): ViewIndex => {
  if (typeof option === "string") return { columns: [option], unique: false }
  if ("columns" in option) return { columns: option.columns, unique: option.unique ?? false }
  return { columns: option, unique: false }
}

/**
 * The name of an index. It contains everything that defines the index, so the same name means the
 * same index: `order_list by customer, placed`.
 */
export const indexName = (table: string, { columns, unique }: ViewIndex): string => {
  const name = `${table} ${unique ? "unique " : ""}by ${columns.join(", ")}`
  if (name.length <= LONGEST_NAME) return name
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8)
  return `${name.slice(0, KEPT)} ${hash}`
}

/** How the name of an index ends that was too long. */
const HASHED = /^.{54} [0-9a-f]{8}$/s

/** Whether an index of this table has a name that `indexName` gives; people give others. */
export const isIndexName = (table: string, name: string): boolean =>
  [`${table} by `, `${table} unique by `].some((prefix) =>
    name.startsWith(prefix) || (HASHED.test(name) && name.startsWith(prefix.slice(0, KEPT)))
  )

/** The parts of a projection that these checks need. */
interface Indexed {
  readonly keyColumn: string
  readonly indexes: readonly ViewIndex[]
}

/** The most bytes that a value can take in an index: a quick estimate that is never too low. */
const mostBytes = (value: unknown): number => {
  if (typeof value === "string") return value.length * 3
  return typeof value === "object" && value !== null ? Infinity : 8
}

/** How many bytes a value takes in an index, without the overhead of its type. */
const bytesOf = (value: unknown): number => {
  if (typeof value === "string") return encodeText(value).length
  if (typeof value !== "object" || value === null) return 8
  return encodeText(JSON.stringify(value)).length
}

const isUnindexable = (columns: readonly string[], row: Readonly<Record<string, unknown>>) => {
  let most = 0
  for (const column of columns) most += mostBytes(row[column])
  if (most <= INDEXED_BYTES) return false
  return columns.reduce((sum, column) => sum + bytesOf(row[column]), 0) > INDEXED_BYTES
}

/**
 * Why an index of a view cannot take a row: its key, or the columns of one index together, are too
 * long. Postgres takes some of these if they compress well; what a view shows must not depend on
 * that.
 */
export const unindexableIn = (
  { keyColumn, indexes }: Indexed,
  row: Readonly<Record<string, unknown>>,
): string | undefined => {
  const key = [keyColumn]
  const columns = isUnindexable(key, row)
    ? key
    : indexes.find((index) => isUnindexable(index.columns, row))?.columns
  if (columns === undefined) return undefined
  const sizes = columns.map((column) => `${column} has ${bytesOf(row[column])} bytes`)
  return `${sizes.join(", ")}, and ${columns === key ? "a key" : "an index"} takes no more than ` +
    `${INDEXED_BYTES}: bound these texts by Schema.isMaxLength`
}
