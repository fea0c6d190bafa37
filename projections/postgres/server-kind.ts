/** What answers at an address of Postgres: a server or a pooler, a primary or a standby. */
import type { Sql } from "postgres"

/** What was found at an address. */
export interface ServerKind {
  /** A pooler, such as PgBouncer: what a session is told need not hold for the next statement. */
  readonly isPooled: boolean
  /** It follows another server, so its rows can be older than what that server has announced. */
  readonly isStandby: boolean
}

const kinds = new Map<string, ServerKind>()

/** What was found at this address the last time that anybody looked. */
export const knownKind = (address: string): ServerKind | undefined => kinds.get(address)

/** A result with a member that the client's types leave out: the process that it talks to. */
interface Answered {
  readonly state?: { readonly pid?: number }
}

/**
 * Looks at what answers, over a connection that was opened without any setting of the session. A
 * pooler names a process of its own at the start of a session, and another one runs the statements.
 */
export const learnKind = async (sql: Sql, address: string): Promise<ServerKind> => {
  const rows = await sql`select pg_backend_pid() as pid, pg_is_in_recovery() as standby`
  const { state } = rows as Answered
  const [row] = rows
  const isPooled = state?.pid !== undefined && state.pid !== row?.pid
  const kind = { isPooled, isStandby: row?.standby === true }
  kinds.set(address, kind)
  return kind
}
