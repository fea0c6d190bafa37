/** Converts the rows of a view between their typed form and what SQL takes and gives. */
import { Schema } from "effect"
import {
  type Fields,
  Invalid,
  messageOf,
  plainForm,
  type SchemaCodec,
  schemaCodec,
} from "../contracts/internal.ts"
import type { Column, ColumnType } from "./column.ts"
import type { Projection } from "./projection.ts"
import { timeToPostgres } from "./time-text.ts"

/** A plain value as the text that Postgres reads as this type. */
export const parameterOf = (type: ColumnType, value: unknown): string => {
  if (type === "timestamptz") return timeToPostgres(String(value))
  return typeof value === "object" || type === "jsonb" ? JSON.stringify(value) : String(value)
}

/** The plain form of digits is text. */
const digitsOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(digitsOf)
  return typeof value === "number" ? String(value) : value
}

/** The codec of the rows of one view. */
export class RowCodec {
  readonly #projection: Projection<Fields>
  readonly #searched = new Map<string, { column: Column; codec: SchemaCodec<object> }>()
  readonly #optional: readonly string[]
  readonly #numeric: readonly string[]

  constructor(projection: Projection<Fields>) {
    const { columns } = projection
    this.#projection = projection
    this.#optional = columns.filter(({ optional }) => optional).map(({ name }) => name)
    this.#numeric = columns.filter(({ type }) => type.startsWith("numeric"))
      .map(({ name }) => name)
  }

  /** The typed row. Throws `TypeError` for a row that its schema does not allow. */
  fromSql(row: Record<string, unknown>): object {
    const plain = plainForm(row) as Record<string, unknown>
    for (const name of this.#optional) if (plain[name] === null) delete plain[name]
    for (const name of this.#numeric) if (name in plain) plain[name] = digitsOf(plain[name])
    try {
      return this.#projection.codec.decode(plain)
    } catch (cause) {
      const { name } = this.#projection
      throw new TypeError(`a row of ${name} is not as its schema says: ${messageOf(cause)}`, {
        cause,
      })
    }
  }

  /** A column, and a value of it in its plain form. Throws `TypeError` for an unknown column. */
  searched(name: string, value: unknown): [Column, unknown] {
    const { column, codec } = this.#searched.get(name) ?? this.#learn(name)
    try {
      const plain = codec.encode({ [name]: value }) as Record<string, unknown>
      return [column, plain[name] ?? null]
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      // No row can have a value that the column's schema refuses, so none is found by it.
      return [column, plainForm(value)]
    }
  }

  #learn(name: string) {
    const { columns, row, name: projection } = this.#projection
    const column = columns.find((each) => each.name === name)
    if (!column) throw new TypeError(`${projection} has no column "${name}" to search by`)
    const schema = Schema.Struct({ [name]: row[name]! })
    const learnt = { column, codec: schemaCodec<object>(schema, `a value for ${projection}`) }
    this.#searched.set(name, learnt)
    return learnt
  }
}
