/** Query parameters: how the texts of a URL become the plain values that a query's schemas take. */
import type { Context } from "hono"
import { Invalid, isFailure } from "../contracts/internal.ts"
import { decode } from "../wire/internal.ts"
import { type JsonSchema, typesIn } from "./json-types.ts"
import { PARAMETER_VALUES, PARAMETERS } from "./limits.ts"

/** How one parameter is written in a URL. */
export interface QueryParameter {
  readonly name: string
  readonly schema: JsonSchema
  readonly required: boolean
  /** `json` is one JSON text; `repeated` is one value or several, each with the name. */
  readonly form: "one" | "repeated" | "json"
  /** The plain value of the texts that a URL has under this name: at least one. */
  readonly read: (texts: readonly string[]) => unknown
}

/** The parameters of one query, by name. */
export type QueryParameters = ReadonlyMap<string, QueryParameter>

const encoder = new TextEncoder()

/** The JSON value of a text; undefined for a text that is not JSON as it is spoken here. */
const jsonOf = (text: string): unknown => {
  try {
    return decode("json", encoder.encode(text))
  } catch (error) {
    if (!isFailure(error)) throw error
    return undefined
  }
}

/** The expressions of the patterns of all queries, which are made once. */
const expressions = new Map<string, RegExp | undefined>()

/** The expression of a pattern. JSON Schema does not keep its flags; undefined if none fit. */
const expressionOf = (pattern: string): RegExp | undefined => {
  for (const flags of ["u", "v", ""]) {
    try {
      return new RegExp(pattern, flags)
    } catch {
      // It was written with other flags.
    }
  }
  return undefined
}

/** Whether a text is as a pattern says, or may be: the schema itself decides. */
const isLike = (text: string, pattern: string | undefined): boolean => {
  if (pattern === undefined) return true
  if (!expressions.has(pattern)) expressions.set(pattern, expressionOf(pattern))
  return expressions.get(pattern)?.test(text) ?? true
}

/** The value of one text. A text that fits no type stays a text, which the schema refuses. */
const scalarOf = (text: string, schemas: readonly JsonSchema[]): unknown => {
  const words = new Map<string, unknown>()
  let isOpen = false
  for (const { type, enum: values, pattern } of schemas) {
    for (const value of values ?? []) words.set(String(value), value)
    if (type === "string" && !values) isOpen ||= isLike(text, pattern)
    if (type === "boolean" && !values) words.set("true", true).set("false", false)
    if (type === "null") words.set("null", null)
  }
  if (isOpen) return text
  if (words.has(text)) return words.get(text)
  const isNumeric = schemas.some(({ type }) => type === "number" || type === "integer")
  const value = isNumeric ? jsonOf(text) : undefined
  return typeof value === "number" ? value : text
}

const SCALARS = new Set(["string", "number", "integer", "boolean", "null"])

const isScalar = ({ type, enum: values }: JsonSchema): boolean =>
  values !== undefined || type !== undefined && SCALARS.has(type)

const repeats = (name: string, times: number): Invalid => {
  const [path, message] = [name.slice(0, 64), "Expected one value"]
  return new Invalid({
    message: `the parameter ${path} comes ${times} times: ${message}`,
    issues: [{ path, message }],
  })
}

const readJson = (text: string): unknown => {
  const value = jsonOf(text)
  return value === undefined ? text : value
}

type Shape = Pick<QueryParameter, "form" | "read">

/** How a parameter of these types is written, and read. */
const shapeOf = (name: string, schema: JsonSchema, definitions: Definitions): Shape => {
  const types = typesIn(schema, definitions)
  const lists = types.filter(({ type }) => type === "array")
  const others = types.filter(({ type }) => type !== "array")
  /** The types of the item at a place; without a place, those of all items. */
  const itemsAt = (place?: number) =>
    lists.flatMap(({ prefixItems = [], items }) => {
      const rest = items ? [items] : []
      const own = place === undefined ? prefixItems : prefixItems.slice(place, place + 1)
      return place === undefined || own.length === 0 ? [...own, ...rest] : own
    }).flatMap((item) => typesIn(item, definitions))
  const one = (texts: readonly string[], read: (text: string) => unknown): unknown => {
    if (texts.length > 1) throw repeats(name, texts.length)
    return read(texts[0] ?? "")
  }
  // Without any type, each text is a value of it.
  if (types.every(({ type, enum: values }) => type === undefined && !values)) {
    return { form: "one", read: (texts) => one(texts, (text) => text) }
  }
  if (!others.every(isScalar) || !itemsAt().every(isScalar)) {
    return { form: "json", read: (texts) => one(texts, readJson) }
  }
  if (lists.length === 0) {
    return { form: "one", read: (texts) => one(texts, (text) => scalarOf(text, others)) }
  }
  const read = (texts: readonly string[]) => {
    if (texts.length === 1 && others.length > 0) return scalarOf(texts[0]!, others)
    return texts.map((text, place) => scalarOf(text, itemsAt(place)))
  }
  return { form: "repeated", read }
}

type Definitions = Readonly<Record<string, JsonSchema>>

/** The parameters of a query, from the JSON Schema of their plain form. */
export const queryParametersOf = (
  document: Readonly<Record<string, unknown>>,
): QueryParameters => {
  const { properties = {}, required = [], $defs = {} } = document as {
    readonly properties?: Definitions
    readonly required?: readonly string[]
    readonly $defs?: Definitions
  }
  return new Map(
    Object.entries(properties).map(([name, schema]) => [name, {
      name,
      schema,
      required: required.includes(name),
      ...shapeOf(name, schema, $defs),
    }]),
  )
}

/**
 * The plain parameters in the URL's query. Throws `Invalid` if there are too many, or if one that
 * takes one value repeats. A name that the query does not know keeps its text, and is refused by
 * the query.
 */
export const readQueryParameters = (
  { req: request }: Context,
  known: QueryParameters,
): Record<string, unknown> => {
  const given = Object.entries(request.queries())
  const count = given.reduce((sum, [, { length }]) => sum + length, 0)
  if (given.length > PARAMETERS || count > PARAMETER_VALUES) {
    throw new Invalid({
      message: `a URL may have at most ${PARAMETERS} parameters with ${PARAMETER_VALUES} values ` +
        `together; this one has ${given.length} with ${count}`,
    })
  }
  return Object.fromEntries(given.map(([name, texts]) => {
    if (name === "__proto__") {
      const message = "Expected no such parameter"
      throw new Invalid({
        message: `${name} is no parameter: ${message}`,
        issues: [{ path: name, message }],
      })
    }
    const parameter = known.get(name)
    if (parameter) return [name, parameter.read(texts)]
    if (texts.length > 1) throw repeats(name, texts.length)
    return [name, texts[0] ?? ""]
  }))
}
