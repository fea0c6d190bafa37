/** The result of a query in its plain form, whether a handler made it or SQL did. */
import { BigDecimal } from "effect"
import {
  Invalid,
  messageOf,
  plainForm,
  type SchemaCodec,
  TooLarge,
} from "../../contracts/internal.ts"
import { isQuotient } from "../exact-number.ts"

/** How many columns of a result can have their numbers converted. */
const COLUMNS = 256

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null

/** What is at a path; undefined when nothing is. */
const valueAt = (result: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, part) => isObject(value) ? value[part] : undefined, result)

/** The path of a value in each row: that of `3.sum` is `*.sum`. */
const columnOf = (path: readonly string[]): string =>
  path.map((part) => /^\d+$/.test(part) ? "*" : part).join(".")

/** A plain result with the numbers of some columns as texts, or their texts as numbers. */
const converted = (
  value: unknown,
  columns: ReadonlyMap<string, (value: unknown) => unknown>,
  column = "",
): unknown => {
  const convert = columns.get(column)
  if (convert) return convert(value)
  const below = (part: string) => column === "" ? part : `${column}.${part}`
  if (Array.isArray(value)) return value.map((each) => converted(each, columns, below("*")))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      converted(each, columns, below(/^\d+$/.test(name) ? "*" : name)),
    ]),
  )
}

const textOf = (value: unknown): unknown => typeof value === "number" ? String(value) : value

const numberOf = (value: unknown): unknown => typeof value === "string" ? Number(value) : value

/** Throws `TooLarge` for digits that a number does not hold, where the schema asks for one. */
const refused = (query: string, path: string, value: bigint | BigDecimal.BigDecimal): TooLarge => {
  const shown = String(plainForm(value)).slice(0, 100)
  const instead = typeof value === "bigint"
    ? "Schema.BigInt"
    : "Schema.BigDecimal, round it in SQL, as with ::float8,"
  return new TooLarge({
    message: `${query} cannot be answered: ${path || "its result"} is ${shown}, more than a ` +
      `number holds exactly: give it the schema ${instead} or ask for less`,
  })
}

/** How the value at a path must be converted; undefined if no conversion helps. */
const conversionOf = (query: string, path: string, typed: unknown, plain: unknown) => {
  if (typeof plain === "number") return textOf
  if (typeof typed === "bigint") throw refused(query, path, typed)
  if (!BigDecimal.isBigDecimal(typed)) return undefined
  if (isQuotient(typed)) return numberOf
  throw refused(query, path, typed)
}

/**
 * The typed form of what SQL gave. SQL gives times, texts and numbers; a schema may ask for other
 * types that have these as their plain form.
 */
const decodedResult = (
  query: string,
  codec: Pick<SchemaCodec<unknown>, "decode">,
  result: unknown,
): unknown => {
  const first = plainForm(result)
  const columns = new Map<string, (value: unknown) => unknown>()
  const written: (readonly string[])[] = []
  for (let plain = first;;) {
    try {
      const decoded = codec.decode(plain)
      // A number is the text of another type, such as a bigint, but it is no text.
      const isText = written.some((parts) => typeof valueAt(decoded, parts) === "string")
      if (!isText) return decoded
      throw new TypeError("a number stands where a text is expected")
    } catch (error) {
      const issues = error instanceof Invalid ? error.issues ?? [] : []
      const before = columns.size
      for (const { path } of issues) {
        const parts = path === "" ? [] : path.split(".")
        const column = columnOf(parts)
        if (columns.has(column)) continue
        const conversion = conversionOf(query, path, valueAt(result, parts), valueAt(first, parts))
        if (conversion) columns.set(column, conversion)
        if (conversion === textOf) written.push(parts)
      }
      if (columns.size === before || columns.size > COLUMNS) throw error
      plain = converted(first, columns)
    }
  }
}

/** The path of a field that a plain result has and its encoded form has not; undefined if none. */
const lostField = (plain: unknown, encoded: unknown, path = ""): string | undefined => {
  if (!isObject(plain) || !isObject(encoded)) return undefined
  for (const [name, value] of Object.entries(plain)) {
    const here = path === "" ? name : `${path}.${name}`
    if (value !== undefined && !Object.hasOwn(encoded, name)) return here
    const lost = lostField(value, encoded[name], here)
    if (lost !== undefined) return lost
  }
  return undefined
}

/**
 * The plain form of what a handler answers: values as the query's schema has them, or values as SQL
 * gives them. Throws `TooLarge`, with the column, for digits that a schema for numbers has no room
 * for, and `TypeError` for anything else that is not as the schema says.
 */
export const encodedResult = (
  query: string,
  codec: Pick<SchemaCodec<unknown>, "encode" | "decode">,
  result: unknown,
): unknown => {
  const wrong = (reason: string, cause: unknown): TypeError =>
    new TypeError(`the handler of ${query} returns a wrong result: ${reason}`, { cause })
  try {
    return codec.encode(result)
  } catch (cause) {
    let encoded: unknown
    try {
      encoded = codec.encode(decodedResult(query, codec, result))
    } catch (error) {
      if (error instanceof TooLarge) throw error
      throw wrong(messageOf(cause), cause)
    }
    const lost = lostField(plainForm(result), encoded)
    if (lost === undefined) return encoded
    const reason = messageOf(cause)
    throw wrong(reason.endsWith(` at ${lost}`) ? reason : `it has no field ${lost}`, cause)
  }
}
