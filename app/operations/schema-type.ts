/** The TypeScript type of a JSON Schema (draft 2020-12), as contracts give it. */

type Json = { readonly [key: string]: unknown }

/** The name that a definition of a schema gets, such as `Tree` for `#/$defs/Tree`. */
export type NameOfDefinition = (reference: string) => string

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []

/** Alternatives, each once. Functions are never among them, so `|` needs no parentheses. */
const unionOf = (types: readonly string[]): string => {
  const distinct = [...new Set(types)].filter((type) => type !== "never")
  if (distinct.includes("unknown")) return "unknown"
  return distinct.length === 0 ? "never" : distinct.join(" | ")
}

const within = (type: string, sign: string): string => type.includes(sign) ? `(${type})` : type

const intersectionOf = (types: readonly string[]): string => {
  const distinct = [...new Set(types)].filter((type) => type !== "unknown")
  if (distinct.length === 0) return "unknown"
  return distinct.length === 1
    ? distinct[0]!
    : distinct.map((type) => within(type, "|")).join(" & ")
}

/** A field's name, in quotes unless it is an identifier. */
export const fieldName = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)

const arrayType = (schema: Json, nameOf: NameOfDefinition): string => {
  const rest = schema.items === undefined ? "unknown" : schemaType(schema.items, nameOf)
  const first = listOf(schema.prefixItems).map((each) => schemaType(each, nameOf))
  if (first.length === 0) return `ReadonlyArray<${rest}>`
  const required = typeof schema.minItems === "number" ? schema.minItems : 0
  const items = first.map((type, index) => index < required ? type : `(${type})?`)
  if (rest !== "never" && schema.maxItems !== first.length) items.push(`...ReadonlyArray<${rest}>`)
  return `readonly [${items.join(", ")}]`
}

const objectType = (schema: Json, nameOf: NameOfDefinition): string => {
  const properties = isJson(schema.properties) ? Object.entries(schema.properties) : []
  const required = listOf(schema.required)
  const fields = properties.map(([name, each]) =>
    `readonly ${fieldName(name)}${required.includes(name) ? "" : "?"}: ${schemaType(each, nameOf)}`
  )
  const patterns = isJson(schema.patternProperties) ? Object.values(schema.patternProperties) : []
  const others = isJson(schema.additionalProperties) ? [schema.additionalProperties] : []
  const named = fields.length > 0 ? [`{ ${fields.join("; ")} }`] : []
  const any = [...patterns, ...others].map((each) => schemaType(each, nameOf))
  if (any.length > 0) named.push(`{ readonly [name: string]: ${unionOf(any)} }`)
  if (named.length > 0) return intersectionOf(named)
  return schema.additionalProperties === false
    ? "Record<string, never>"
    : "{ readonly [name: string]: unknown }"
}

const ofType = (type: unknown, schema: Json, nameOf: NameOfDefinition): string => {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type
    case "number":
    case "integer":
      return "number"
    case "array":
      return arrayType(schema, nameOf)
    case "object":
      return objectType(schema, nameOf)
    default:
      return "unknown"
  }
}

const literal = (value: unknown): string =>
  typeof value === "object" && value !== null ? "unknown" : JSON.stringify(value)

/** What the keyword of a schema says, each by itself. */
const partsOf = (schema: Json, nameOf: NameOfDefinition): string[] => {
  const parts: string[] = []
  const inner = (schemas: readonly unknown[]) => schemas.map((each) => schemaType(each, nameOf))
  if (typeof schema.$ref === "string") parts.push(nameOf(schema.$ref))
  if ("const" in schema) parts.push(literal(schema.const))
  else if (Array.isArray(schema.enum)) parts.push(unionOf(schema.enum.map(literal)))
  else if (schema.type !== undefined) {
    const types = Array.isArray(schema.type) ? schema.type : [schema.type]
    parts.push(unionOf(types.map((type) => ofType(type, schema, nameOf))))
  }
  if (Array.isArray(schema.anyOf)) parts.push(unionOf(inner(schema.anyOf)))
  if (Array.isArray(schema.oneOf)) parts.push(unionOf(inner(schema.oneOf)))
  if (Array.isArray(schema.allOf)) parts.push(...inner(schema.allOf))
  // Effect says "anything but null" for a message without fields, and "not anything" for never.
  if (isJson(schema.not) && schema.type === undefined) {
    parts.push(schema.not.type === "null" ? "Record<never, never>" : "never")
  }
  return parts
}

/**
 * The type of the values that a schema allows. What a type cannot say, such as the length of a
 * text, is left out, so the type allows at least what the schema does.
 */
export const schemaType = (schema: unknown, nameOf: NameOfDefinition): string => {
  if (schema === false) return "never"
  return isJson(schema) ? intersectionOf(partsOf(schema, nameOf)) : "unknown"
}
