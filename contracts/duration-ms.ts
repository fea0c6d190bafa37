/** A duration in milliseconds, of whatever a user writes for one. */
import { Duration, Option } from "effect"
import { checkOptions } from "./definition.ts"

const PARTS: { readonly [Part in keyof Duration.DurationObject]-?: true } = {
  weeks: true,
  days: true,
  hours: true,
  minutes: true,
  seconds: true,
  milliseconds: true,
  microseconds: true,
  nanoseconds: true,
}

const shown = (input: unknown): string =>
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
  checkOptions(what, input, [...Object.keys(PARTS), ...others])
  return Object.values(input).filter((each) => each !== undefined)
}

/**
 * The milliseconds of a duration, which can be infinite. Throws `TypeError` with `what` for anything
 * else, and for a part of a duration that does not exist; `others` may have been meant then.
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
  throw new TypeError(`${what} must be a duration such as "30 minutes", not ${shown(input)}`)
}
