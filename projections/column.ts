/** A column of a view: its name and its type in SQL, derived from the schema of a row's field. */
import { Schema, type SchemaAST, SchemaTransformation } from "effect"
import type { Fields } from "../contracts/internal.ts"

/** The type of a column that holds one value. */
export type ScalarType =
  | "text"
  | "integer"
  | "bigint"
  | "numeric"
  | "double precision"
  | "boolean"
  | "timestamptz"

/** The type of a column in Postgres. */
export type ColumnType = ScalarType | `${ScalarType}[]` | "jsonb"

/** A column of a view. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** Whether it may be NULL. */
  readonly nullable: boolean
  /** Whether NULL stands for an absent field; otherwise it stands for null. */
  readonly optional: boolean
}

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly exclusiveMaximum?: number
  readonly prefixItems?: readonly JsonSchema[]
  readonly items?: JsonSchema
}

interface RowSchema {
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: JsonSchema }
}

type Definitions = { readonly [name: string]: JsonSchema }

const COLUMN_NAME = /^[a-z_][A-Za-z0-9_]{0,62}$/

/** The columns that Postgres gives to every table. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(
  ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"],
)

/** How many columns a table can have in Postgres. */
const MOST_COLUMNS = 1_600

const NOT_FINITE = new Set<unknown>(["Infinity", "-Infinity", "NaN"])

/** The alternatives of a schema: the members of a union, or the schema itself. */
const alternatives = (schema: JsonSchema, definitions: Definitions): JsonSchema[] => {
  const name = schema.$ref?.replace("#/$defs/", "")
  const definition = name === undefined ? undefined : definitions[name]
  if (definition) {
    // A recursive type leads back here. It is then known not to be a scalar.
    const { [name ?? ""]: _, ...others } = definitions
    return alternatives(definition, others)
  }
  return schema.anyOf?.flatMap((each) => alternatives(each, definitions)) ?? [schema]
}

/** JSON has only finite numbers, so the schema of a number lists the others as texts. */
const isNotFinite = (schema: JsonSchema): boolean =>
  schema.enum?.every((value) => NOT_FINITE.has(value)) ?? false

/** Whether any bound of a schema keeps it within 32 bits. */
const isSmall = (schema: JsonSchema): boolean => {
  const all = [schema, ...schema.allOf ?? []]
  const above = all.some(({ minimum, exclusiveMinimum }) =>
    Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity) >= -2_147_483_648
  )
  const below = all.some(({ maximum, exclusiveMaximum }) =>
    Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity) <= 2_147_483_647
  )
  return above && below
}

const scalarOf = (schema: JsonSchema): ScalarType | "jsonb" => {
  switch (schema.type) {
    case "string":
      return "text"
    case "boolean":
      return "boolean"
    case "number":
      return "double precision"
    case "integer":
      return isSmall(schema) ? "integer" : "bigint"
    default:
      return "jsonb"
  }
}

const membersOf = (ast: SchemaAST.AST): readonly SchemaAST.AST[] =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : [ast]

const isAbsence = ({ _tag }: SchemaAST.AST) => _tag === "Null" || _tag === "Undefined"

/** What checks a value of a declared type: the same function whatever is added to its schema. */
const runOf = (ast: SchemaAST.AST): unknown => ast._tag === "Declaration" ? ast.run : undefined

/**
 * The types whose text is unchanged after a column of this SQL type has held it. Each is known by
 * its own schema and not by what Effect calls it: a column's type is part of a view's version, and
 * another name would rebuild every view.
 */
const TEXT_TYPES: ReadonlyMap<unknown, ScalarType> = new Map<unknown, ScalarType>([
  [runOf(Schema.Date.ast), "timestamptz"],
  [runOf(Schema.DateTimeUtc.ast), "timestamptz"],
  [runOf(Schema.BigDecimal.ast), "numeric"],
])

/** Transformations that write the usual text of a type; any other can write any text. */
const USUAL_TEXT = new Set<unknown>([
  SchemaTransformation.dateFromString,
  SchemaTransformation.bigintFromString,
])

const textTypeOf = (ast: SchemaAST.AST): ScalarType => {
  if (ast.encoding?.some(({ transformation }) => !USUAL_TEXT.has(transformation))) return "text"
  if (ast._tag === "BigInt") return "numeric"
  const run = runOf(ast)
  return run === undefined ? "text" : TEXT_TYPES.get(run) ?? "text"
}

/** The SQL type of some text schemas; `text` as soon as they differ. */
const textType = (asts: readonly SchemaAST.AST[]): ScalarType => {
  const [type = "text", ...others] = new Set(asts.map(textTypeOf))
  return others.length > 0 ? "text" : type
}

const presentOf = (asts: readonly SchemaAST.AST[]): SchemaAST.AST[] =>
  asts.flatMap(membersOf).filter((member) => !isAbsence(member))

/** The one SQL type of values of these schemas; `jsonb` if they have no type in common. */
const scalarType = (
  schemas: readonly JsonSchema[],
  asts: readonly SchemaAST.AST[],
): ScalarType | "jsonb" => {
  const finite = schemas.filter((schema) => !isNotFinite(schema))
  const types = new Set(finite.map(scalarOf))
  if (types.has("bigint")) types.delete("integer")
  const [type, ...others] = types
  if (type === undefined || others.length > 0) return "jsonb"
  if (finite.length < schemas.length && type !== "double precision") return "jsonb"
  return type === "text" ? textType(asts) : type
}

/** What an array consists of. Of anything else that is an array in JSON, no more is known. */
const elementsOf = (ast: SchemaAST.AST): readonly SchemaAST.AST[] =>
  ast._tag === "Arrays" ? presentOf([...ast.elements, ...ast.rest]) : []

const typeOf = (
  schemas: readonly JsonSchema[],
  ast: SchemaAST.AST,
  definitions: Definitions,
): ColumnType => {
  const present = schemas.filter(({ type }) => type !== "null")
  const members = presentOf([ast])
  const [only, ...others] = present
  if (only?.type !== "array" || others.length > 0) return scalarType(present, members)
  const items = [...only.prefixItems ?? [], ...only.items ? [only.items] : []]
    .flatMap((item) => alternatives(item, definitions))
    .filter(({ type }) => type !== "null")
  const element = scalarType(items, members.flatMap(elementsOf))
  return element === "jsonb" ? "jsonb" : `${element}[]`
}

/**
 * The columns for the fields of a row. Throws `TypeError` for a name that cannot be a column, and
 * for a field that can be both absent and null, because a column has only NULL for both.
 */
export const columnsOf = (projection: string, row: Fields): Column[] => {
  const names = Object.keys(row)
  if (names.length > MOST_COLUMNS) {
    throw new TypeError(
      `${projection}: a row has at most ${MOST_COLUMNS} columns; this one has ${names.length}`,
    )
  }
  const system = names.find((name) => SYSTEM_COLUMNS.has(name))
  if (system !== undefined) {
    throw new TypeError(
      `${projection}: "${system}" cannot be a column, because Postgres has one of that name in ` +
        "every table: give it another name",
    )
  }
  const document = Schema.toJsonSchemaDocument(Schema.Struct(row))
  const { properties = {}, required = [] } = document.schema as RowSchema
  const definitions = document.definitions as Definitions
  return Object.entries(row).map(([name, { ast }]) => {
    if (!COLUMN_NAME.test(name)) {
      throw new TypeError(
        `${projection}: "${name}" cannot be a column: use letters, digits and "_", at most 63, ` +
          'beginning with a small letter or "_"',
      )
    }
    const optional = !required.includes(name)
    const schemas = alternatives(properties[name] ?? {}, definitions)
    // A schema without a type also allows null.
    const isOpen = schemas.some(({ type, enum: values }) => !type && !values)
    if (optional && (isOpen || membersOf(ast).some(({ _tag }) => _tag === "Null"))) {
      throw new TypeError(
        `${projection}: the column "${name}" can be both absent and null, but a column ` +
          "has only NULL for both: allow one of them",
      )
    }
    const nullable = optional || isOpen || schemas.some(({ type }) => type === "null")
    return { name, type: typeOf(schemas, ast, definitions), nullable, optional }
  })
}
