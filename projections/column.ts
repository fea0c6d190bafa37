/** A column of a view: its name and its type in SQL, derived from the schema of a row's field. */
import { Schema } from "effect"
import type { Fields } from "../contracts/mod.ts"

/** A column of a view. */
export interface Column {
  readonly name: string
  /** Its type in Postgres. */
  readonly type: "text" | "bigint" | "double precision" | "boolean" | "timestamptz" | "jsonb"
  /** Whether it may be NULL. */
  readonly nullable: boolean
  /** Whether NULL stands for a field that is absent, rather than for one that is null. */
  readonly optional: boolean
}

interface JsonSchema {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: JsonSchema }
}

const COLUMN_NAME = /^[a-z_][A-Za-z0-9_]{0,62}$/

const isNull = ({ type }: JsonSchema) => type === "null"

const typeOf = (schema: JsonSchema): Column["type"] => {
  const values = schema.enum
  if (schema.type === "string" || values?.every((value) => typeof value === "string")) {
    return schema.format === "date-time" ? "timestamptz" : "text"
  }
  if (schema.type === "integer") return "bigint"
  if (schema.type === "number") return "double precision"
  if (schema.type === "boolean") return "boolean"
  const present = schema.anyOf?.filter((each) => !isNull(each)) ?? []
  const types = new Set(present.map(typeOf))
  const [only] = types
  return types.size === 1 && only ? only : "jsonb"
}

/** The columns for the fields of a row. Throws `TypeError` for a name that cannot be a column. */
export const columnsOf = (projection: string, row: Fields): Column[] => {
  const { schema } = Schema.toJsonSchemaDocument(Schema.Struct(row))
  const { properties = {}, required = [] } = schema as JsonSchema
  return Object.entries(properties).map(([name, property]) => {
    if (!COLUMN_NAME.test(name)) {
      throw new TypeError(
        `${projection}: "${name}" cannot be a column: use letters, digits and "_", at most 63`,
      )
    }
    const optional = !required.includes(name)
    const nullable = optional || (property.anyOf?.some(isNull) ?? false)
    return { name, type: typeOf(property), nullable, optional }
  })
}
