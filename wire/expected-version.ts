/** The version that an actor must be at for a command: one, one of several, or none of several. */
import { Invalid } from "../contracts/plain.ts"
import { CONDITION_VERSIONS } from "./limits.ts"

/**
 * The version that the actor must be at. A text is a condition: `"1,2"` is one of these versions,
 * `"*"` any but 0, so the actor exists, and `"-"` none at all. With a `!` in front it is the
 * opposite: `"!*"` is an actor without events. Two conditions are joined by a semicolon.
 */
export type ExpectedVersion = number | string

const LIST = String.raw`(?:\*|\d{1,15}(?:,\d{1,15})*)`

const CONDITION = new RegExp(`^(?:(-|${LIST})(?:;!(${LIST}))?|!(${LIST}))$`)

const longest = CONDITION_VERSIONS * 2 * 16 + 2

const isListed = (list: string, version: number): boolean =>
  list === "*" ? version > 0 : list.split(",").includes(String(version))

/** Whether an actor at this version is as expected. */
export const isExpected = (expected: ExpectedVersion, version: number): boolean => {
  if (typeof expected === "number") return expected === version
  const [, match, none, only] = CONDITION.exec(expected) ?? []
  if (match !== undefined && !isListed(match, version)) return false
  const excluded = none ?? only
  return excluded === undefined || !isListed(excluded, version)
}

const textOf = (versions: "*" | readonly number[]): string =>
  versions === "*" ? versions : versions.join(",")

/** The condition that a version is among `match` and not among `none`; `*` is any but 0. */
export const versionCondition = (
  match: "*" | readonly number[] | undefined,
  none: "*" | readonly number[] | undefined,
): ExpectedVersion | undefined => {
  const excluded = none === undefined || none.length === 0 ? "" : `!${textOf(none)}`
  if (match === undefined) return excluded === "" ? undefined : excluded
  if (excluded === "" && match.length === 1 && typeof match[0] === "number") return match[0]
  const wanted = match.length === 0 ? "-" : textOf(match)
  return excluded === "" ? wanted : `${wanted};${excluded}`
}

/** Reads what a header says. Throws `Invalid`. */
export const readExpectedVersion = (header: string, text: string): ExpectedVersion => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (text.length <= longest && CONDITION.test(text)) return text
  throw new Invalid({
    message: `${header} must be a whole number, 0 or more, or a condition such as "1,2" or "!*"`,
  })
}
