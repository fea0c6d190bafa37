/** The Postgres types as queries see them: what the driver makes of the values of columns. */
import { exactJson, exactNumber } from "../exact-number.ts"
import { timeFromPostgres, timeToPostgres } from "../time-text.ts"

/** How the driver reads and writes a type; `from` and `to` are the type's number in Postgres. */
export interface SqlType {
  readonly to: number
  readonly from: number[]
  readonly serialize: (value: unknown) => string
  readonly parse: (text: string) => unknown
}

/** An element in quotes with backslash escapes, or one without quotes, where `NULL` is not text. */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/g

/** Reads an array of one dimension as Postgres writes it: `{1,NULL,"a \"b\""}`. */
export const parseArray = (text: string, parse: (element: string) => unknown): unknown[] =>
  [...text.matchAll(ELEMENT)].map(([, inQuotes, bare]) => {
    if (inQuotes !== undefined) return parse(inQuotes.replace(/\\(.)/gs, "$1"))
    return bare === "NULL" || bare === undefined ? null : parse(bare)
  })

const serialize = (value: unknown): string =>
  value instanceof Date ? timeToPostgres(value.toISOString()) : String(value)

/** Writes an array of one dimension as Postgres reads it. */
export const writeArray = (values: readonly unknown[]): string => {
  const elements = values.map((value) =>
    value === null ? "NULL" : `"${serialize(value).replace(/["\\]/g, "\\$&")}"`
  )
  return `{${elements.join(",")}}`
}

const scalar = (oid: number, parse: SqlType["parse"]): SqlType => ({
  to: oid,
  from: [oid],
  serialize,
  parse,
})

const arrayOf = (oid: number, parse: SqlType["parse"]): SqlType => ({
  to: oid,
  from: [oid],
  serialize: (value) => Array.isArray(value) ? writeArray(value) : String(value),
  parse: (text) => parseArray(text, parse),
})

/**
 * What differs from the driver's defaults: integers, sums and averages are numbers where a number
 * holds their digits, and arrays of column types are arrays. The driver would otherwise ask the
 * server for these on each connection.
 */
export const SQL_TYPES: { readonly [name: string]: SqlType } = {
  json: { to: 114, from: [114, 3802], serialize: JSON.stringify, parse: exactJson },
  bigint: scalar(20, exactNumber),
  numeric: scalar(1700, exactNumber),
  timestamptz: scalar(1184, timeFromPostgres),
  texts: arrayOf(1009, (text) => text),
  integers: arrayOf(1007, Number),
  bigints: arrayOf(1016, exactNumber),
  numerics: arrayOf(1231, exactNumber),
  reals: arrayOf(1022, Number),
  truths: arrayOf(1000, (text) => text === "t"),
  times: arrayOf(1185, timeFromPostgres),
}
