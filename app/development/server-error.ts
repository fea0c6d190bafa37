/** What went wrong with a server, as one sentence that a person can act on. */
export class ServerError extends Error {
  override readonly name = "ServerError"
}
