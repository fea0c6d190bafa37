/** Freezes the values that a test gives to handlers, so that a handler that changes one fails. */

/** The same value, frozen together with all its parts. */
export const frozen = <T>(value: T): T => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  if (ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}

/** The time at which a test runs unless it sets another, in milliseconds since 1970. */
export const NOON = Date.parse("2026-01-01T12:00:00Z")
