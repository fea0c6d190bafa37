/** Numbers from text without loss: a number where it holds all digits, otherwise a wider type. */
import { BigDecimal } from "effect"

/** A number, or what holds the digits that a number cannot hold. */
export type ExactNumber = number | bigint | BigDecimal.BigDecimal

const DECIMAL = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** The same text for all texts of one decimal number. */
const canonical = (text: string): string => {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, "")
  const significant = digits.replace(/0+$/, "")
  if (significant === "") return "0"
  const power = Number(exponent) - fraction.length + digits.length - significant.length
  return `${sign}${significant}e${power}`
}

/** Whether the number that is read from this text is written with the same digits. */
const isHeld = (text: string, value: number): boolean =>
  Number.isFinite(value) &&
  (text.length <= 15 || canonical(text) === canonical(String(value)))

/** How Postgres writes a large or small float8: with up to 17 digits, at times one too many. */
const FLOAT = /^-?\d(?:\.\d{1,16})?e[+-]\d+$/

/** The number in a text of JSON, or what holds all its digits. */
const exactJsonNumber = (text: string): ExactNumber => {
  const value = Number(text)
  if (isHeld(text, value) || FLOAT.test(text) && Number.isFinite(value)) return value
  return /^-?\d+$/.test(text) ? BigInt(text) : BigDecimal.fromStringUnsafe(text)
}

/**
 * The number in Postgres' text of a `bigint` or a `numeric`, or what holds all its digits: a sum is
 * never silently wrong.
 */
export const exactNumber = (text: string): ExactNumber => {
  const value = Number(text)
  if (!Number.isFinite(value) && !DECIMAL.test(text)) return value
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text)
  if (isHeld(text, value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  return BigDecimal.fromStringUnsafe(text)
}

/** Postgres divides until a quotient has this many digits, in groups of four. */
const QUOTIENT_DIGITS = 16
const GROUP_DIGITS = 4

/**
 * Whether a decimal has as many digits as Postgres gives to averages and other quotients. Such a
 * number was rounded by the division already.
 */
export const isQuotient = ({ value, scale }: BigDecimal.BigDecimal): boolean => {
  const digits = String(value).replace("-", "").length - scale
  const scaleOfGroup = QUOTIENT_DIGITS - GROUP_DIGITS * (Math.ceil(digits / GROUP_DIGITS) - 1)
  return digits < QUOTIENT_DIGITS &&
    (scale === Math.max(scaleOfGroup, 0) || scale === scaleOfGroup + GROUP_DIGITS)
}

const NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Stands for a number that is read on its own; no text of anybody contains it. */
const MARK = `leftfold number ${crypto.randomUUID()} `

/** The value of a text of JSON, with all digits of its numbers. */
export const exactJson = (text: string): unknown => {
  // Only a number of this length can lose digits.
  if (!/[\d.]{16}/.test(text)) return JSON.parse(text)
  const wide: ExactNumber[] = []
  const marked = text.replace(NUMBERS, (token) => {
    if (token.startsWith('"')) return token
    const value = exactJsonNumber(token)
    if (typeof value === "number") return token
    return JSON.stringify(MARK + String(wide.push(value) - 1))
  })
  if (wide.length === 0) return JSON.parse(text)
  return JSON.parse(
    marked,
    (_, value: unknown) =>
      typeof value === "string" && value.startsWith(MARK)
        ? wide[Number(value.slice(MARK.length))]
        : value,
  )
}
