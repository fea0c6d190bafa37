/** A problem with a server, as one sentence that tells a person what to do. */
export class ServerError extends Error {
  override readonly name = "ServerError"
}
