/** A selection: the matching rows of one view in an order, defined once for Postgres and memory. */
import {
  checkFunction,
  type DataOf,
  didYouMean,
  type Fields,
  Invalid,
  TooLarge,
} from "../contracts/internal.ts"
import type { BigDecimal, DateTime } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type Direction, directionsOf, keyDigest, Keyset, rowGone, type SortKey } from "./keyset.ts"
import { Page, type PageAsked } from "./page.ts"
import type { Column } from "./column.ts"
import type { PlainRow, Projection } from "./projection.ts"
import { parameterOf, RowCodec } from "./row-codec.ts"
import type { MemoryTools, PageTools, SqlRows } from "./query-tools.ts"
import { quoted } from "./sql-name.ts"

/** The types that a column can be compared with. */
type Comparable =
  | string
  | number
  | boolean
  | bigint
  | Date
  | DateTime.DateTime
  | BigDecimal.BigDecimal

/** A column to order by, ascending; with ` desc` descending. */
export type Order<Row> = (keyof Row & string) | `${keyof Row & string} desc`

/** Which rows, in which order, and how many on one page. */
export interface SelectionOptions<Row, Params> {
  /** The values that columns must equal; without it all rows match. */
  readonly where?: (
    params: Params,
  ) => { readonly [Column in keyof Row]?: Row[Column] & Comparable }
  readonly orderBy: readonly [Order<Row>, ...Order<Row>[]]
  readonly limit: number
}

/** How a selection is answered, page by page. */
export interface Selection<Params> {
  readonly sql: (params: Params, tools: PageTools, asked: PageAsked) => Promise<Page>
  readonly memory: (
    params: Params,
    tools: Pick<MemoryTools, "rows">,
    asked: PageAsked,
    bytes: number,
  ) => Page
}

/** Column names have no spaces, so no column has this name. */
const SORT_KEY = "its sort key"

type SqlRow = Record<string, unknown> & { readonly [SORT_KEY]: string }

/** Templates by their text: the client keeps a cache entry for each template object. */
const templates = new Map<string, TemplateStringsArray>()
const TEMPLATES = 10_000

const templateOf = (parts: readonly string[]): TemplateStringsArray => {
  const text = parts.join("$")
  const known = templates.get(text)
  if (known) return known
  const made = Object.assign([...parts], { raw: parts })
  if (templates.size < TEMPLATES) templates.set(text, made)
  return made
}

/** The matching rows of one view, and their order. */
class Selecting<F extends Fields, Params> implements Selection<Params> {
  readonly #name: string
  readonly #projection: Projection<F>
  readonly #options: Required<SelectionOptions<DataOf<F>, Params>>
  readonly #keyset: Keyset
  readonly #sortKeys: MemorySortKeys
  readonly #codec: RowCodec

  constructor(
    name: string,
    projection: Projection<F>,
    options: Required<SelectionOptions<DataOf<F>, Params>>,
  ) {
    const { columns, keyColumn } = projection
    const directions = directionsOf(columns, keyColumn, options.orderBy)
    this.#name = name
    this.#projection = projection
    this.#options = options
    this.#keyset = new Keyset(name, directions)
    this.#sortKeys = new MemorySortKeys(directions)
    this.#codec = new RowCodec(projection)
  }

  sql = async (params: Params, tools: PageTools, asked: PageAsked): Promise<Page> => {
    const limit = this.#limitOf(asked)
    const after = await this.#sqlAfter(tools, asked)
    const select = (columns: string, most: number) =>
      this.#select(this.#wanted(params, asked), tools, columns, after, most)
    const columns = `*, ${this.#keyset.sortKeyText} as "${SORT_KEY}"`
    const { rows, all } = await tools.upTo(select(columns, limit + 1))
    if (!all && rows.length === 0) throw await this.#tooLarge(tools, select)
    const shown = rows.slice(0, limit) as SqlRow[]
    const cursorOf = (index: number) => this.#cursorOf(shown[index]!)
    const found = shown.map(({ [SORT_KEY]: _, ...row }) => this.#codec.fromSql(row))
    return new Page(found, !all || rows.length > limit, cursorOf)
  }

  memory: Selection<Params>["memory"] = (params, { rows }, asked, bytes) => {
    const limit = this.#limitOf(asked)
    const { codec, keyColumn } = this.#projection
    const wanted = this.#wanted(params, asked)
    const all = rows(this.#projection).map((row) => ({
      row: row as object,
      plain: codec.encode(row as object) as PlainRow,
    })).filter(({ plain }) =>
      wanted.every(([{ name }, value]) => isDeepStrictEqual(plain[name] ?? null, value))
    ).sort((one, other) => this.#keyset.compare(one.plain, other.plain))
    const after = this.#memoryAfter(all.map(({ plain }) => plain), asked)
    const matching = after ? all.filter(({ plain }) => this.#keyset.compare(plain, after) > 0) : all
    const cursorOf = (index: number) => {
      const { plain } = matching[index]!
      return this.#keyset.write(this.#sortKeys.of(plain), String(plain[keyColumn]))
    }
    let [count, size] = [0, 0]
    for (const { plain } of matching.slice(0, limit)) {
      size += JSON.stringify(plain).length
      if (size > bytes) break
      count++
    }
    if (count === 0 && matching.length > 0) {
      throw this.#tooLargeAt(String(matching[0]!.plain[keyColumn]), cursorOf(0))
    }
    const shown = matching.slice(0, count).map(({ row }) => row)
    return new Page(shown, matching.length > count, cursorOf)
  }

  #limitOf({ limit = this.#options.limit }: PageAsked): number {
    return Math.min(limit, this.#options.limit)
  }

  /**
   * The columns that must have a value, each with the value in its plain form. A column is there
   * twice if the parameters and the rule for the reader both name it: then both must hold.
   */
  #wanted(params: Params, { seen = "all" }: PageAsked): [Column, unknown][] {
    const wanted = Object.entries(this.#options.where(params))
    if (seen !== "all") wanted.push(...Object.entries(seen))
    const { columns, name } = this.#projection
    for (const [column] of wanted) {
      if (columns.some((each) => each.name === column)) continue
      const meant = didYouMean(column, columns.map((each) => each.name))
      throw new TypeError(`where in ${this.#name}: ${name} has no column "${column}"${meant}`)
    }
    return wanted.filter(([, value]) => value !== undefined)
      .map(([column, value]) => this.#codec.searched(column, value))
  }

  #cursorOf(row: SqlRow): string {
    const sortKey = JSON.parse(row[SORT_KEY]) as SortKey
    return this.#keyset.write(sortKey, String(row[this.#projection.keyColumn]))
  }

  /** The SQL of some rows, in a form that the tools' `sql` takes. */
  #select(
    wanted: readonly [Column, unknown][],
    { sql, view }: PageTools,
    columns: string,
    after: SortKey | undefined,
    most: number,
  ): SqlRows {
    const parts = [`select ${columns} from `]
    const values: unknown[] = [view(this.#projection)]
    let [next, word] = ["", " where "]
    for (const [{ name, type }, value] of wanted) {
      if (value === null) {
        next += `${word}${quoted(name)} is null`
      } else {
        parts.push(`${next}${word}${quoted(name)} = `)
        values.push(parameterOf(type, value))
        next = `::text::${type}`
      }
      word = " and "
    }
    if (after) {
      const text = this.#keyset.after(after)
      const [begin = "", ...others] = text.parts
      parts.push(next + word + begin, ...others)
      values.push(...text.values)
      next = parts.pop()!
    }
    parts.push(`${next} order by ${this.#keyset.orderText} limit `, "")
    values.push(most)
    return sql(templateOf(parts), ...values)
  }

  /** The sort key after which a page begins. */
  async #sqlAfter({ sql, view, upTo }: PageTools, { after, seen = "all" }: PageAsked) {
    if (after === undefined) return undefined
    const cursor = this.#keyset.read(after)
    if ("sortKey" in cursor) return cursor.sortKey
    const { keyColumn } = this.#projection
    const parts = [
      `select ${this.#keyset.sortKeyText} as "${SORT_KEY}" from `,
      ` where md5(${quoted(keyColumn)}) = `,
    ]
    const values: unknown[] = [view(this.#projection), cursor.row]
    let next = ""
    // A row that its reader may not see is as gone as one that does not exist.
    for (const [name, value] of seen === "all" ? [] : Object.entries(seen)) {
      const [{ type }, plain] = this.#codec.searched(name, value)
      parts.push(`${next} and ${quoted(name)} = `)
      values.push(parameterOf(type, plain))
      next = `::text::${type}`
    }
    parts.push(`${next} limit 1`)
    const { rows } = await upTo(sql(templateOf(parts), ...values))
    const [row] = rows as SqlRow[]
    if (!row) throw rowGone()
    return JSON.parse(row[SORT_KEY]) as SortKey
  }

  #memoryAfter(all: readonly PlainRow[], { after }: PageAsked): PlainRow | undefined {
    if (after === undefined) return undefined
    const cursor = this.#keyset.read(after)
    if ("sortKey" in cursor) return this.#sortKeys.at(cursor.sortKey)
    const { keyColumn } = this.#projection
    const found = all.find((row) => keyDigest(String(row[keyColumn])) === cursor.row)
    if (found) return found
    throw rowGone()
  }

  async #tooLarge(
    { upTo }: PageTools,
    select: (columns: string, most: number) => SqlRows,
  ): Promise<TooLarge> {
    const { keyColumn } = this.#projection
    const columns = `${quoted(keyColumn)}, ${this.#keyset.sortKeyText} as "${SORT_KEY}"`
    const [row] = (await upTo(select(columns, 1))).rows as SqlRow[]
    return row
      ? this.#tooLargeAt(String(row[keyColumn]), this.#cursorOf(row))
      : new TooLarge({ message: `a row of ${this.#name} is too large for an answer` })
  }

  #tooLargeAt(key: string, next: string): TooLarge {
    const message = `the row "${key.slice(0, 128)}" of ${this.#projection.name} fits into no ` +
      `answer to ${this.#name}: ask for the page after "next", and bound the texts of the row`
    return new TooLarge({ message, next })
  }
}

/** Reads and writes the sort keys of rows in memory. */
class MemorySortKeys {
  readonly #directions: readonly Direction[]

  constructor(directions: readonly Direction[]) {
    this.#directions = directions
  }

  of(row: PlainRow): SortKey {
    return this.#directions.map(({ column: { name } }) =>
      (row[name] ?? null) === null ? null : JSON.stringify(row[name])
    )
  }

  at(sortKey: SortKey): PlainRow {
    return Object.fromEntries(
      this.#directions.map(({ column: { name } }, index) => {
        const text = sortKey[index]!
        return [name, text === null ? null : parsed(text)]
      }),
    )
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    const message = 'Expected what an answer has said as "next"'
    throw new Invalid({ message, issues: [{ path: "after", message }] })
  }
}

/**
 * Makes a selection for a query of this name. Throws `TypeError` for a limit that is not a positive
 * integer.
 */
export const selectionOf = <F extends Fields, Params>(
  name: string,
  projection: Projection<F>,
  { where = () => ({}), orderBy, limit }: SelectionOptions<DataOf<F>, Params>,
): Selection<Params> => {
  checkFunction(`${name}: where`, where)
  if (!Array.isArray(orderBy) || !orderBy.every((each) => typeof each === "string")) {
    throw new TypeError(`${name}: orderBy must list columns, such as ["placed desc", "id"]`)
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new TypeError(`the limit of a selection must be a whole number from 1, not ${limit}`)
  }
  return new Selecting(name, projection, { where, orderBy, limit })
}
