/**
 * A keyset: an order of rows in which no two are equal, and the cursors that point into it. A
 * cursor holds the values that the row has in the columns of the order, so that a page begins
 * where it should even if that row is gone. Null comes after everything else, as in Postgres.
 */
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { Invalid } from "../contracts/internal.ts"
import type { Column, ColumnType } from "./column.ts"
import { comparePlain, isOrdered } from "./column-order.ts"
import { shortHash } from "./hash.ts"
import { CURSOR_CHARACTERS } from "./limits.ts"
import type { PlainRow } from "./projection.ts"
import { quoted } from "./sql-name.ts"

/** A column of the order, and its direction. */
export interface Direction {
  readonly column: Column
  readonly sign: 1 | -1
}

/** The values of a row in the columns of an order, as texts; null for an absent field too. */
export type SortKey = readonly (string | null)[]

/** What a cursor says: a sort key, or the key of its row if the sort key is too long. */
export type Cursor = { readonly sortKey: SortKey } | { readonly row: string }

/** SQL as the texts between its values, and the values. */
export interface SqlText {
  readonly parts: readonly string[]
  readonly values: readonly unknown[]
}

/** What stands for a key that is too long for a cursor. */
export const keyDigest = (key: string): string => createHash("md5").update(key).digest("hex")

const invalid = (message: string): Invalid =>
  new Invalid({ message, issues: [{ path: "after", message }] })

const isSortKey = (value: readonly unknown[]): value is SortKey =>
  value.every((each) => typeof each === "string" || each === null)

/** The columns of an order. Throws `TypeError` for a column that does not exist or has no order. */
export const directionsOf = (
  columns: readonly Column[],
  keyColumn: string,
  orderBy: readonly string[],
): Direction[] => {
  const wanted = orderBy.map((each) => {
    const name = each.replace(/ desc$/, "")
    return { name, sign: name === each ? 1 as const : -1 as const }
  })
  // The key comes last unless it is named, because two rows may be equal in all other columns.
  const key = { name: keyColumn, sign: wanted.at(-1)?.sign ?? 1 as const }
  const all = wanted.some(({ name }) => name === keyColumn) ? wanted : [...wanted, key]
  return all.map(({ name, sign }) => {
    const column = columns.find((each) => each.name === name)
    if (!column) throw new TypeError(`there is no column "${name}" to order by`)
    if (isOrdered(column.type)) return { column, sign }
    throw new TypeError(
      `the column "${name}" is ${column.type}, which has parts: order by a column of one value`,
    )
  })
}

/** The order of the rows of one query. */
export class Keyset {
  readonly directions: readonly Direction[]
  readonly #tag: string

  /** `name` is that of the query: a cursor of another one is refused. */
  constructor(name: string, directions: readonly Direction[]) {
    this.directions = directions
    const order = directions.map(({ column, sign }) => `${column.name} ${column.type} ${sign}`)
    this.#tag = shortHash(JSON.stringify([name, order]))
  }

  /** What follows `order by`. */
  get orderText(): string {
    const texts = this.directions.map(({ column, sign }) =>
      quoted(column.name) + (sign < 0 ? " desc" : "")
    )
    return texts.join(", ")
  }

  /** The sort key of a row in SQL, as a text of JSON. */
  get sortKeyText(): string {
    const texts = this.directions.map(({ column }) => `${quoted(column.name)}::text`)
    return `json_build_array(${texts.join(", ")})::text`
  }

  /** The condition in SQL for the rows after a sort key. */
  after(sortKey: SortKey): SqlText {
    const [first] = this.directions
    const isUniform = this.directions.every(({ column, sign }) =>
      sign === first?.sign && !column.nullable
    )
    const text = new Text()
    if (isUniform) {
      const names = this.directions.map(({ column }) => quoted(column.name)).join(", ")
      text.add(`(${names}) ${first?.sign === 1 ? ">" : "<"} (`)
      this.directions.forEach(({ column }, index) => text.value(column, sortKey[index]!, index > 0))
      return text.add(")")
    }
    text.add("(")
    this.directions.forEach((direction, index) => {
      text.add(index === 0 ? "(" : " or (")
      for (let before = 0; before < index; before++) {
        text.same(this.directions[before]!.column, sortKey[before]!)
        text.add(" and ")
      }
      text.beyond(direction, sortKey[index]!)
      text.add(")")
    })
    return text.add(")")
  }

  /** Compares two rows in their plain form. */
  readonly compare = (one: PlainRow, other: PlainRow): number => {
    for (const { column: { name, type }, sign } of this.directions) {
      const order = compareValues(type, one[name] ?? null, other[name] ?? null)
      if (order !== 0) return order * sign
    }
    return 0
  }

  /** The cursor of the row with this sort key and key. */
  write(sortKey: SortKey, key: string): string {
    const cursor = textOf([this.#tag, ...sortKey])
    return cursor.length <= CURSOR_CHARACTERS
      ? cursor
      : textOf([this.#tag, { row: keyDigest(key) }])
  }

  /** What a cursor says. Throws `Invalid` for a cursor that this order did not give. */
  read(cursor: string): Cursor {
    const [tag, ...rest] = valuesOf(cursor)
    const [first] = rest
    if (tag === this.#tag && rest.length === this.directions.length && isSortKey(rest)) {
      return { sortKey: rest }
    }
    if (tag === this.#tag && typeof first === "object" && first !== null && "row" in first) {
      return { row: String(first.row) }
    }
    throw invalid('Expected what an answer to this query has said as "next"')
  }
}

/** The answer when the row of a cursor no longer exists. */
export const rowGone = (): Invalid =>
  invalid("The row after which this page begins is gone: begin with the first page")

const textOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const valuesOf = (cursor: string): readonly unknown[] => {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

const compareValues = (type: ColumnType, left: unknown, right: unknown): number =>
  left === null || right === null
    ? Number(left === null) - Number(right === null)
    : comparePlain(type, left, right)

/** SQL that grows, with the values in it. */
class Text implements SqlText {
  readonly parts: string[] = [""]
  readonly values: unknown[] = []

  add(text: string): this {
    this.parts[this.parts.length - 1] += text
    return this
  }

  value({ type }: Column, value: string | null, comma = false): this {
    if (comma) this.add(", ")
    this.values.push(value)
    this.parts.push(`::text::${type}`)
    return this
  }

  same(column: Column, value: string | null): this {
    const name = quoted(column.name)
    return value === null
      ? this.add(`${name} is null`)
      : this.add(`${name} = `).value(column, value)
  }

  /** Adds the condition for what comes after a value in a direction. */
  beyond({ column, sign }: Direction, value: string | null): this {
    const name = quoted(column.name)
    if (value === null) return this.add(sign > 0 ? "false" : `${name} is not null`)
    if (sign < 0) return this.add(`${name} < `).value(column, value)
    this.add(column.nullable ? `(${name} is null or ${name} > ` : `${name} > `)
    this.value(column, value)
    return column.nullable ? this.add(")") : this
  }
}
