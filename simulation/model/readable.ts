/** What laws read: values that compare with ones that were never frozen. */
import { frozenLightly, thawed } from "../../contracts/internal.ts"

const thawedOnes = new WeakMap<object, unknown>()
const lockedOnes = new WeakMap<object, boolean>()

const partsOf = (value: object): Iterable<unknown> =>
  value instanceof Map
    ? [...value].flat()
    : value instanceof Set || Array.isArray(value)
    ? value
    : Object.values(value)

/** Whether a date, a map or a set is a part of a value: freezing gives these other prototypes. */
const isLocked = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false
  if (value instanceof Date || value instanceof Map || value instanceof Set) return true
  const known = lockedOnes.get(value)
  if (known !== undefined) return known
  // A value that contains itself is not looked into twice.
  lockedOnes.set(value, false)
  let found = false
  for (const part of partsOf(value)) found ||= isLocked(part)
  lockedOnes.set(value, found)
  return found
}

/** The same value for somebody who compares: `assert.deepEqual` tells frozen dates from others. */
export const readable = <T>(value: T): T => {
  if (typeof value !== "object" || value === null || !isLocked(value)) return value
  const known = thawedOnes.get(value)
  if (known !== undefined) return known as T
  const copy = frozenLightly(thawed(value))
  thawedOnes.set(value, copy)
  return copy as T
}
