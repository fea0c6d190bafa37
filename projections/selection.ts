/** A selection: the rows of one view that match, in an order, said once for Postgres and memory. */
import type { DataOf, Fields } from "../contracts/internal.ts"
import type { Projection } from "./projection.ts"
import type { MemoryTools, SqlRows, SqlTools } from "./query-tools.ts"
import { quoted } from "./sql-name.ts"

/** What a column can be compared with. */
type Comparable = string | number | boolean

/** A column to order by, from the least; with ` desc` from the greatest. */
export type Order<Row> = (keyof Row & string) | `${keyof Row & string} desc`

/** Which rows, in which order, and how many of them at most. */
export interface SelectionOptions<Row, Params> {
  /** What columns must equal; all rows match unless it is said. */
  readonly where?: (
    params: Params,
  ) => { readonly [Column in keyof Row]?: Row[Column] & Comparable }
  readonly orderBy: readonly [Order<Row>, ...Order<Row>[]]
  readonly limit: number
}

/** How a selection is answered. */
export interface Selection<Row, Params> {
  readonly sql: (params: Params, tools: SqlTools) => SqlRows
  readonly memory: (params: Params, tools: MemoryTools) => readonly Row[]
}

interface Direction {
  readonly column: string
  readonly sign: 1 | -1
}

const directionOf = (order: string): Direction =>
  order.endsWith(" desc")
    ? { column: order.slice(0, -" desc".length), sign: -1 }
    : { column: order, sign: 1 }

const orderText = (directions: readonly Direction[]): string =>
  directions.map(({ column, sign }) => quoted(column) + (sign < 0 ? " desc" : "")).join(", ")

const compare = (directions: readonly Direction[]) => (one: object, other: object): number => {
  for (const { column, sign } of directions) {
    const [left, right] = [one, other].map((row) => (row as Record<string, Comparable>)[column]!)
    if (left! < right!) return -sign
    if (left! > right!) return sign
  }
  return 0
}

/** The parts of a template that was not written as one: only names of columns are in them. */
const template = (parts: readonly string[]): TemplateStringsArray =>
  Object.assign([...parts], { raw: parts })

/** Makes a selection. Throws `TypeError` for a limit that is no whole number above 0. */
export const selectionOf = <F extends Fields, Params>(
  projection: Projection<F>,
  { where = () => ({}), orderBy, limit }: SelectionOptions<DataOf<F>, Params>,
): Selection<DataOf<F>, Params> => {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new TypeError(`a selection has a limit of rows, from 1, not ${limit}`)
  }
  const directions = orderBy.map(directionOf)
  const end = ` order by ${orderText(directions)} limit ${limit}`
  return {
    sql: (params, { sql, view }) => {
      const wanted = Object.entries(where(params))
      const conditions = wanted.map(([column], index) =>
        `${index === 0 ? " where" : " and"} ${quoted(column)} = `
      )
      const values = [view(projection), ...wanted.map(([, value]) => value)]
      const [first = end, ...others] = [...conditions, end]
      return sql(template(["select * from ", first, ...others]), ...values)
    },
    memory: (params, { rows }) => {
      const wanted = Object.entries(where(params))
      const all = rows(projection) as readonly DataOf<F>[]
      const matching = all.filter((row) =>
        wanted.every(([column, value]) => (row as Record<string, unknown>)[column] === value)
      )
      return matching.sort(compare(directions)).slice(0, limit)
    },
  }
}
