/** Which values are written at all. */

/** Whether a field with this value is written. In a list, a value that is not becomes null. */
export const isThere = (value: unknown): boolean =>
  value !== undefined && typeof value !== "function" && typeof value !== "symbol"
