/** Checks definitions: a mistake that types do not show is refused where it is made. */
import { Duration, Option } from "effect"
import { didYouMean } from "./nearest.ts"
import { checkOwnSchema } from "./own-schema.ts"

const CIRCLE = "it is undefined, as what two files import from each other in a circle is"

/** What is wrong with something that should have been defined elsewhere. */
const shown = (value: unknown): string => value === undefined ? CIRCLE : `it is ${kindOf(value)}`

const kindOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" ? "an object of another kind" : `a ${typeof value}`
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Throws `TypeError` unless these are options, and all of them are known. */
export const checkOptions = (what: string, options: unknown, known: readonly string[]): void => {
  if (!isObject(options)) throw new TypeError(`${what} has no options: ${shown(options)}`)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const meant = didYouMean(name, known) || `; there are: ${known.join(", ")}`
    throw new TypeError(`${what} has no option "${name}"${meant}`)
  }
}

/** Throws `TypeError` unless this is a schema; `what` has it. */
export const checkSchema = (what: string, schema: unknown): void => {
  const isSchema = (isObject(schema) || typeof schema === "function") && "ast" in schema
  if (!isSchema) throw new TypeError(`${what} has no schema: ${shown(schema)}`)
  checkOwnSchema(what, schema)
}

/** Throws `TypeError` unless each field has a schema; `what` has the fields. */
export const checkFields = (what: string, fields: unknown): void => {
  if (!isObject(fields) || Array.isArray(fields)) {
    throw new TypeError(
      `${what} must list its fields, such as { id: Schema.String }: ${shown(fields)}`,
    )
  }
  for (const [name, schema] of Object.entries(fields)) {
    checkSchema(`${what}: the field "${name}"`, schema)
  }
}

const ASYNC = /^Async(Generator)?Function$/

/** Throws `TypeError` unless this is a function, and one that answers at once if it must. */
export const checkFunction = (what: string, handler: unknown, mayWait = false): void => {
  if (typeof handler !== "function") {
    throw new TypeError(`${what} is no function: ${shown(handler)}`)
  }
  const kind = handler.constructor.name
  if (kind === "GeneratorFunction" || (!mayWait && ASYNC.test(kind))) {
    const waits = kind === "GeneratorFunction" ? "a generator" : "asynchronous"
    throw new TypeError(`${what} is ${waits}: it must return at once; a policy can wait for others`)
  }
}

/** The names that handlers can have, and the words for them in messages. */
export interface HandlersFor {
  /** The names that can be handled. */
  readonly types: readonly string[]
  /** What has these names, such as `event of orders.order`. */
  readonly kind: string
  /** Whether each of the names must have a handler. */
  readonly all?: boolean
  /** Whether handlers may be asynchronous. */
  readonly mayWait?: boolean
}

/** Throws `TypeError` for a handler that is missing, not a function, or for nothing that exists. */
export const checkHandlers = (
  what: string,
  handlers: unknown,
  { types, kind, all = false, mayWait = false }: HandlersFor,
): void => {
  if (!isObject(handlers)) throw new TypeError(`${what} has no handlers: ${shown(handlers)}`)
  for (const [type, handler] of Object.entries(handlers)) {
    if (!types.includes(type)) {
      const meant = didYouMean(type, types) || `; there are: ${types.join(", ") || "none"}`
      throw new TypeError(`${what} has a handler for ${type}, which is no ${kind}${meant}`)
    }
    checkFunction(`${what}: the handler for ${type}`, handler, mayWait)
  }
  const missing = all ? types.filter((type) => !Object.hasOwn(handlers, type)) : []
  if (missing.length === 0) return
  throw new TypeError(`${what} has no handler for ${missing.join(", ")}`)
}

/** Throws `TypeError` unless all of these are there; `is` tells one; `what` wants them. */
export const checkAll = (
  what: string,
  each: string,
  given: unknown,
  is: (value: object) => boolean,
): void => {
  if (!Array.isArray(given)) {
    throw new TypeError(`${what} must be a list, such as [Orders]: ${shown(given)}`)
  }
  for (const [index, value] of given.entries()) {
    const found = isObject(value) && is(value)
    if (!found) throw new TypeError(`${what}: number ${index + 1} is no ${each}: ${shown(value)}`)
  }
}

const hasCodec = (value: object): boolean =>
  "codec" in value && "context" in value && "events" in value

/** Throws `TypeError` unless this is a contract. */
export const checkContract = (what: string, contract: unknown): void => {
  if (isObject(contract) && hasCodec(contract)) return
  throw new TypeError(`${what} has no contract: ${shown(contract)}`)
}

/** Throws `TypeError` unless these are contracts, given as this option. */
export const checkContracts = (what: string, contracts: unknown, option = "from"): void =>
  checkAll(`${what}: ${option}`, "contract", contracts, hasCodec)

/** The parts of a duration that is written as an object. */
const DURATION_PARTS: { readonly [Part in keyof Duration.DurationObject]-?: true } = {
  weeks: true,
  days: true,
  hours: true,
  minutes: true,
  seconds: true,
  milliseconds: true,
  microseconds: true,
  nanoseconds: true,
}

const asText = (input: unknown): string =>
  typeof input === "number" ? String(input) : JSON.stringify(input) ?? String(input)

const isNumber = (value: unknown): boolean => typeof value === "number" && !Number.isNaN(value)

/** The numbers that it consists of; undefined if it has another form. */
const numbersIn = (
  what: string,
  input: Duration.Input,
  others: readonly string[],
): readonly unknown[] | undefined => {
  if (typeof input === "number") return [input]
  if (typeof input !== "object" || input === null || Duration.isDuration(input)) return undefined
  if (Array.isArray(input)) return input
  checkOptions(what, input, [...Object.keys(DURATION_PARTS), ...others])
  return Object.values(input).filter((each) => each !== undefined)
}

/**
 * The milliseconds of a duration, which can be infinite. Throws `TypeError` with `what` for
 * anything else, and for a part that does not exist. `others` are names that may have been meant.
 */
export const durationMs = (
  what: string,
  input: Duration.Input,
  others: readonly string[] = [],
): number => {
  const numbers = numbersIn(what, input, others)
  // Effect takes NaN, and an object without parts, for no time at all.
  const isNone = numbers && (numbers.length === 0 || numbers.some((each) => !isNumber(each)))
  const duration = isNone ? Option.none() : Duration.fromInput(input)
  if (Option.isSome(duration)) return Duration.toMillis(duration.value)
  throw new TypeError(`${what} must be a duration such as "30 minutes", not ${asText(input)}`)
}
