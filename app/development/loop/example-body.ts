/** An example of a value from its JSON Schema: small, plain, and the same each time. */
import { isMap } from "../../../wire/internal.ts"

type Json = Readonly<Record<string, unknown>>

const texts: Readonly<Record<string, string>> = {
  "date-time": "2030-01-01T12:00:00.000Z",
  date: "2030-01-01",
  uuid: "00000000-0000-4000-8000-000000000000",
  email: "ada@example.com",
  uri: "https://example.com/",
}

const numberOr = (value: unknown, fallback: number): number =>
  typeof value === "number" ? value : fallback

const textOf = (schema: Json, name: string): string => {
  const format = typeof schema.format === "string" ? texts[schema.format] : undefined
  const least = numberOr(schema.minLength, 0)
  const most = numberOr(schema.maxLength, Infinity)
  return (format ?? (name === "" ? "text" : `a-${name}`)).padEnd(least, "x").slice(0, most)
}

const wholeOf = (schema: Json): number => {
  const least = numberOr(schema.minimum, numberOr(schema.exclusiveMinimum, 0) + 1)
  // A bound that is far below, such as that of all integers, says nothing about usual values.
  return Math.min(Math.max(least, 1), numberOr(schema.maximum, Infinity))
}

/** Nested schemas that are deeper than this have no example. */
const MOST_DEEP = 8

/** The first of the schemas of which all, or one, hold. */
const partsOf = (schema: Json): readonly unknown[] =>
  ["allOf", "anyOf", "oneOf"].flatMap((kind) => Array.isArray(schema[kind]) ? schema[kind] : [])

const resolved = (schema: Json, definitions: Json): Json => {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined
  const found = name === undefined ? undefined : definitions[name]
  return isMap(found) ? found : schema
}

const objectOf = (schema: Json, definitions: Json, deep: number): Json => {
  const properties = isMap(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  return Object.fromEntries(
    required.map((name) => [name, valueOf(properties[name], definitions, name, deep + 1)]),
  )
}

const listOf = (schema: Json, definitions: Json, name: string, deep: number): unknown[] => {
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
  const least = Math.max(first.length, numberOr(schema.minItems, 0))
  return Array.from(
    { length: least },
    (_, index) => valueOf(first[index] ?? schema.items, definitions, name, deep + 1),
  )
}

const valueOf = (given: unknown, definitions: Json, name: string, deep: number): unknown => {
  if (!isMap(given) || deep > MOST_DEEP) return null
  const found = resolved(given, definitions)
  const [part] = partsOf(found)
  const schema: Json = isMap(part) && !("anyOf" in found && "type" in found)
    ? { ...found, ...resolved(part, definitions) }
    : found
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0]
  if ("const" in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  switch (schema.type) {
    case "object":
      return objectOf(schema, definitions, deep)
    case "array":
      return listOf(schema, definitions, name, deep)
    case "string":
      return textOf(schema, name)
    case "integer":
    case "number":
      return wholeOf(schema)
    case "boolean":
      return true
    default:
      return null
  }
}

/** An example of what a JSON Schema describes. It can miss a pattern or another rule. */
const exampleOf = (schema: Readonly<Record<string, unknown>>): unknown =>
  valueOf(schema, isMap(schema.$defs) ? schema.$defs : {}, "", 0)

/** What a text may have to be where the JSON Schema does not say it. */
const CANDIDATES: readonly unknown[] = [
  ...Object.values(texts),
  ...["1", "a", "abc", "ABC", "a".repeat(16), "a".repeat(64), "EUR", "DE"],
  ...[1, 10, 100],
]

const withValueAt = (whole: unknown, path: readonly string[], value: unknown): unknown => {
  const [first, ...rest] = path
  if (first === undefined) return value
  if (Array.isArray(whole)) {
    return whole.map((each, index) =>
      String(index) === first ? withValueAt(each, rest, value) : each
    )
  }
  return isMap(whole) ? { ...whole, [first]: withValueAt(whole[first], rest, value) } : whole
}

/**
 * An example that a check accepts, or undefined. `wrongAt` answers with the path of the first value
 * that is wrong, such as `lines.0.sku`, and with undefined when the example is right. A wrong value
 * is replaced by others that are often wanted.
 */
export const fittingExample = (
  schema: Readonly<Record<string, unknown>>,
  wrongAt: (example: unknown) => string | undefined,
): unknown => {
  let example = exampleOf(schema)
  const tried = new Map<string, number>()
  for (;;) {
    const path = wrongAt(example)
    if (path === undefined) return example
    const next = tried.get(path) ?? 0
    if (next === CANDIDATES.length || tried.size > MOST_WRONG) return undefined
    tried.set(path, next + 1)
    example = withValueAt(example, path.split("."), CANDIDATES[next])
  }
}

/** The most values that are replaced. */
const MOST_WRONG = 20
