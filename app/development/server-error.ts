/** What went wrong with a server, as one sentence that a person can act on. */
export class ServerError extends Error {
  override readonly name = "ServerError"
}

/** The message of whatever was thrown: an error's own, or the thing itself as text. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
