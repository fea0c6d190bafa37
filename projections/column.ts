/** A column of a view: its name and its type in SQL, derived from the schema of a row's field. */
import { Schema, type SchemaAST } from "effect"
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
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: JsonSchema }
}

type Definitions = { readonly [name: string]: JsonSchema }

const COLUMN_NAME = /^[a-z_][A-Za-z0-9_]{0,62}$/

const NOT_FINITE = new Set<unknown>(["Infinity", "-Infinity", "NaN"])

const SCALARS: { readonly [type: string]: Column["type"] } = {
  string: "text",
  integer: "bigint",
  number: "double precision",
  boolean: "boolean",
}

/** The alternatives of a schema: of a union its members, and otherwise the schema alone. */
const alternatives = (schema: JsonSchema, definitions: Definitions): JsonSchema[] => {
  const name = schema.$ref?.replace("#/$defs/", "")
  const definition = name === undefined ? undefined : definitions[name]
  if (definition) {
    // A recursive type meets itself again, by when it is known not to be a scalar.
    const { [name ?? ""]: _, ...others } = definitions
    return alternatives(definition, others)
  }
  return schema.anyOf?.flatMap((each) => alternatives(each, definitions)) ?? [schema]
}

/** JSON has no number that is not finite: the schema of a number names them as texts. */
const isNotFinite = (schema: JsonSchema): boolean =>
  schema.enum?.every((value) => NOT_FINITE.has(value)) ?? false

const typeOf = (schemas: readonly JsonSchema[], ast: SchemaAST.AST): Column["type"] => {
  const present = schemas.filter(({ type }) => type !== "null")
  const finite = present.filter((schema) => !isNotFinite(schema))
  const [type, ...others] = new Set(finite.map(({ type = "" }) => SCALARS[type] ?? "jsonb"))
  if (type === undefined || others.length > 0) return "jsonb"
  if (finite.length < present.length && type !== "double precision") return "jsonb"
  return type === "text" && isDate(ast) ? "timestamptz" : type
}

const membersOf = (ast: SchemaAST.AST): readonly SchemaAST.AST[] =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : [ast]

const isAbsence = ({ _tag }: SchemaAST.AST) => _tag === "Null" || _tag === "Undefined"

const isDate = (ast: SchemaAST.AST): boolean =>
  membersOf(ast).filter((member) => !isAbsence(member)).every((member) => {
    const representation = member.annotations?.representation as { id?: string } | undefined
    return representation?.id === "effect/schema/Date"
  })

/**
 * The columns for the fields of a row. Throws `TypeError` for a name that cannot be a column, and
 * for a field that can be both absent and null, as a column has only NULL for both.
 */
export const columnsOf = (projection: string, row: Fields): Column[] => {
  const { schema, definitions } = Schema.toJsonSchemaDocument(Schema.Struct(row))
  const { properties = {}, required = [] } = schema as JsonSchema
  return Object.entries(row).map(([name, { ast }]) => {
    if (!COLUMN_NAME.test(name)) {
      throw new TypeError(
        `${projection}: "${name}" cannot be a column: use letters, digits and "_", at most 63, ` +
          'beginning with a small letter or "_"',
      )
    }
    const optional = !required.includes(name)
    if (optional && membersOf(ast).some(({ _tag }) => _tag === "Null")) {
      throw new TypeError(
        `${projection}: the column "${name}" can be both absent and null, which is one and the ` +
          "same to a column: allow only one of them",
      )
    }
    const schemas = alternatives(properties[name] ?? {}, definitions as Definitions)
    // What says nothing about its type may also be null.
    const nullable = optional ||
      schemas.some(({ type, enum: values }) => type === "null" || (!type && !values))
    return { name, type: typeOf(schemas, ast), nullable, optional }
  })
}
