/** The parameters of a request: which are known, and how to read them. Numbers can be text. */
import { Invalid } from "./errors.ts"
import { didYouMean } from "./nearest.ts"

const invalid = (name: string, message: string, what: string): Invalid =>
  new Invalid({ message: `${what}: ${message} at ${name}`, issues: [{ path: name, message }] })

/** The part of a name that an error shows. */
const shown = (name: string): string => name.slice(0, 64)

/** Throws `Invalid` for a parameter that is not `known`; `what` names the request in the error. */
export const checkParameters = (
  given: object,
  known: readonly string[],
  what: string,
): void => {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const takes = known.length === 0 ? "none" : known.join(", ")
  const meant = didYouMean(unknown, known)
  throw invalid(shown(unknown), `Expected no such parameter (there are: ${takes})${meant}`, what)
}

/**
 * A whole number among the parameters, as a number or as digits; undefined when it is absent.
 * Throws `Invalid` for anything else.
 */
export const wholeParameter = (
  given: { readonly [name: string]: unknown },
  name: string,
  least: number,
  what: string,
): number | undefined => {
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (value === undefined) return undefined
  const whole = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof whole === "number" && Number.isSafeInteger(whole) && whole >= least) return whole
  throw invalid(name, `Expected a whole number, ${least} or more`, what)
}

/** A text among the parameters; undefined when it is absent. Throws `Invalid` for anything else. */
export const textParameter = (
  given: { readonly [name: string]: unknown },
  name: string,
  what: string,
): string | undefined => {
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (value === undefined || typeof value === "string") return value
  throw invalid(name, "Expected text", what)
}

/** A date, or a date with a time and its offset from UTC. A date alone is midnight in UTC. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

/**
 * A time among the parameters, in milliseconds since 1970; undefined when it is absent. Throws
 * `Invalid` for anything that is not an ISO 8601 time.
 */
export const timeParameter = (
  given: { readonly [name: string]: unknown },
  name: string,
  what: string,
): number | undefined => {
  const text = textParameter(given, name, what)
  if (text === undefined) return undefined
  const time = TIME.test(text) ? Date.parse(text) : NaN
  if (!Number.isNaN(time)) return time
  throw invalid(name, "Expected an ISO 8601 time such as 2026-11-22T10:00:00Z", what)
}
