/** The message of a thrown value, which need not be an error. */

/** The message of an error; any other thrown value as text. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
