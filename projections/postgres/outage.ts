/** Tells a database that cannot be reached from a statement that it refused. */
import { StatementTooLarge } from "../store/refused-row.ts"

/** Error codes of the client library and of the sockets. */
const CONNECTION =
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|ENOENT|EAI_)/

/**
 * Classes of Postgres error codes: a failed connection, too few resources, and a server that is
 * stopping or starting. A cancelled statement (57014) is not among them.
 */
const SERVER = /^(08|53|57P)[0-9A-Z]+$/

/** The code of an error of the server or the socket; empty if it has no code. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ""
  if ("code" in error && typeof error.code === "string") return error.code
  // Several addresses were tried; each of the errors inside says the same.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ""
}

/** Whether the same statement may work later. */
export const isOutage = (error: unknown): boolean => {
  const code = codeOf(error)
  return CONNECTION.test(code) || SERVER.test(code)
}

/**
 * Classes of Postgres error codes that blame the data and not the server: a value that a type
 * cannot hold, a broken constraint, more than a row or an index takes, and errors that triggers or
 * functions raise.
 */
const DATA = /^(22|23|44|54|P0)[0-9A-Z]{3}$/

/** Whether the same rows would be refused again. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof StatementTooLarge || DATA.test(codeOf(error))
