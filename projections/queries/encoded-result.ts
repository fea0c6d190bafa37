/** The result of a query in its plain form, with whole numbers as its schema has them. */
import { Invalid, messageOf, type SchemaCodec, TooLarge } from "../../contracts/internal.ts"

/** How often numbers are converted at most, each time in all columns that are named then. */
const ROUNDS = 8

type Fields = Record<string, unknown>

/** The column that a path such as `3.sum` ends with. */
const columnOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1)

/** What is at a path; undefined when nothing is. */
const valueAt = (result: unknown, path: string): unknown =>
  path === "" ? result : path.split(".").reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Fields)[part] : undefined,
    result,
  )

/** A result with the whole numbers of some columns as `bigint`, which their schemas ask for. */
const asBigInts = (result: unknown, columns: ReadonlySet<string>): unknown => {
  if (Array.isArray(result)) return result.map((each) => asBigInts(each, columns))
  if (typeof result !== "object" || result === null || result instanceof Date) return result
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      columns.has(name) && Number.isSafeInteger(value)
        ? BigInt(value as number)
        : asBigInts(value, columns),
    ]),
  )
}

/**
 * The plain form of what a handler answers. SQL does not say whether a whole number is one to a
 * schema or a `bigint`: it is made one where the schema asks for it. Throws `TooLarge`, with the
 * column, for a number that a schema without room for it should take, and `TypeError` for anything
 * else that is not as the schema says.
 */
export const encodedResult = (
  query: string,
  codec: Pick<SchemaCodec<never>, "encode">,
  result: unknown,
): unknown => {
  let now = result
  let first: unknown
  for (let round = 0;; round++) {
    try {
      return codec.encode(now as never)
    } catch (cause) {
      first ??= cause
      const issues = cause instanceof Invalid ? cause.issues ?? [] : []
      for (const { path } of issues) checkSize(query, path, valueAt(now, path))
      const whole = issues.filter(({ path }) => Number.isSafeInteger(valueAt(now, path)))
      if (whole.length === 0 || round === ROUNDS) {
        const reason = messageOf(first)
        throw new TypeError(`the handler of ${query} returns a wrong result: ${reason}`, {
          cause: first,
        })
      }
      now = typeof now === "number"
        ? BigInt(now)
        : asBigInts(now, new Set(whole.map(({ path }) => columnOf(path))))
    }
  }
}

/** Throws `TooLarge` for a number that what it is for cannot hold. */
const checkSize = (query: string, path: string, value: unknown): void => {
  if (typeof value !== "bigint" || Number.isSafeInteger(Number(value))) return
  throw new TooLarge({
    message: `${query} cannot be answered: ${path || "its result"} is ${value}, more than a ` +
      "number holds exactly: give it the schema Schema.BigInt, or ask for less",
  })
}
