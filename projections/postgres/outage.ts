/** Tells a database that cannot be reached from a statement that it refused. */
import { TooMuch } from "../store/refused-row.ts"

/** Codes of the client library and of the sockets under it. */
const CONNECTION =
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|ENOENT|EAI_)/

/**
 * Classes of codes of Postgres: a failed connection, too few resources, and a server that was
 * told to stop or is just starting. A statement that was cancelled (57014) is not among them.
 */
const SERVER = /^(08|53|57P)[0-9A-Z]+$/

/** The code of an error, of the server or the socket; empty when it has none. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ""
  if ("code" in error && typeof error.code === "string") return error.code
  // Several addresses were tried: each of the errors inside says the same.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ""
}

/** Whether it may work later, unchanged. */
export const isOutage = (error: unknown): boolean => {
  const code = codeOf(error)
  return CONNECTION.test(code) || SERVER.test(code)
}

/**
 * Classes of codes of Postgres for what it was given rather than for its own state: a value that a
 * type cannot hold, a constraint that is broken, more than fits in a row or an index, and what a
 * trigger or a function of somebody else raises.
 */
const DATA = /^(22|23|44|54|P0)[0-9A-Z]{3}$/

/** Whether it would be refused again, because of what is in the rows. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof TooMuch || DATA.test(codeOf(error))
