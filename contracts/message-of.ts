/** The message of what was thrown, which need not be an error. */

/** An error's own message; anything else that was thrown as text. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
