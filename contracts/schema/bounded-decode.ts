/** Decodes values that anybody can have sent, at a cost that is bounded for every schema. */
import { countedReads, TooManyReads } from "./counted-reads.ts"
import { Invalid } from "../errors.ts"
import { COMPARED_ITEMS, DECODE_READS, NUMBER_DIGITS } from "../limits.ts"
import type { SchemaCost } from "./schema-cost.ts"

/** Counts a value and all values nested in it; stops at `most` and returns that. */
export const countValues = (value: unknown, most: number): number => {
  const waiting = [value]
  for (let counted = 0; counted < waiting.length; counted++) {
    const each = waiting[counted]
    if (typeof each !== "object" || each === null) continue
    const parts = Array.isArray(each) ? each : Object.values(each)
    if (waiting.length + parts.length >= most) return most
    for (const part of parts) waiting.push(part)
  }
  return waiting.length
}

/** A number with too many digits, or a duration in ISO 8601, which consists of several numbers. */
const LONG_NUMBER = new RegExp(
  `^(?:[-+.\\d]{${NUMBER_DIGITS + 1}}|[-+]?P[.,\\dWDTHMS]{${NUMBER_DIGITS + 1}})`,
)

/** Throws `Invalid` for parts whose check costs more than in proportion to their size. */
const checkParts = (value: unknown, { digits, compares }: SchemaCost, what: string): void => {
  if (typeof value === "string" && digits && LONG_NUMBER.test(value)) {
    throw new Invalid({ message: `${what} has a number of more than ${NUMBER_DIGITS} digits` })
  }
  if (typeof value !== "object" || value === null) return
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  if (compares && parts.length > COMPARED_ITEMS) {
    const message = `${what} has items that are compared with each other, so each list or map ` +
      `in it can have at most ${COMPARED_ITEMS} items; one has ${parts.length}`
    throw new Invalid({ message })
  }
  for (const part of parts) checkParts(part, { tries: false, digits, compares }, what)
}

/** Wraps `decode`: throws `Invalid` for a value that costs more than its size explains. */
export const boundedDecode = <T>(
  decode: (value: unknown) => T,
  cost: SchemaCost,
  what: string,
): (value: unknown) => T => {
  const { tries, digits, compares } = cost
  const decodeTried = (value: unknown): T => {
    try {
      // The result would hold proxies, so it is dropped and the value is decoded once more.
      decode(countedReads(value, DECODE_READS))
    } catch (error) {
      if (!(error instanceof TooManyReads)) throw error
      throw new Invalid({
        message: `${what} would take too long to check, because its schema has alternatives ` +
          "that no field tells apart: send less, or give each a field such as `kind`",
      })
    }
    return decode(value)
  }
  if (!digits && !compares) return tries ? decodeTried : decode
  return (value) => {
    checkParts(value, cost, what)
    return tries ? decodeTried(value) : decode(value)
  }
}
