/** Connections to Postgres, and which of its errors mean that it cannot be reached. */
import postgres, { type Sql } from "postgres"
import { isFailure, Unavailable } from "../../contracts/internal.ts"
import { codeOf, isOutage } from "./outage.ts"
import { securedAddress } from "./secured-address.ts"
import { knownKind, learnKind, type ServerKind } from "./server-kind.ts"
import { SQL_TYPES } from "./sql-types.ts"

const OPTIONS = {
  onnotice: () => {},
  // Otherwise the driver fetches types by itself, and a lost connection then throws uncaught.
  fetch_types: false,
  connect_timeout: 5,
  // Also of several hosts, and after a failover: rows of a standby can be behind their position.
  target_session_attrs: "primary",
  // By default a connection ends after 30 to 60 minutes, which would look like a lost one.
  max_lifetime: null,
  // The client's own pause grows to 20 seconds, during which a server that is back is not used.
  backoff: () => 0.2,
  // Times are read as UTC, whatever the server or the environment is set to.
  connection: {
    TimeZone: "UTC",
    // Ends a statement whose client has gone, even while it waits for a lock.
    client_connection_check_interval: "5s",
  },
  types: SQL_TYPES,
} as const

/**
 * Behind a pooler: it refuses settings that it does not know, and hands each transaction to another
 * session, where a named statement of this client does not exist. The limits of time are then those
 * of this process alone.
 */
const POOLED = { ...OPTIONS, max_pipeline: 0, prepare: false, connection: { TimeZone: "UTC" } }

const patient = (statementMs: number) => ({
  ...OPTIONS,
  max_pipeline: 0,
  connection: { ...OPTIONS.connection, statement_timeout: statementMs },
})

/** How long a client that is no longer used can take to finish, in seconds. */
const FINISH_SECONDS = 5

/** Connections that are replaced when they are lost or silent. */
export interface Connections extends Sql {
  /**
   * Returns what `run` gives. If that takes longer than the limit, rejects with `Unavailable` and
   * opens new connections. Otherwise a host that vanished is waited for until the operating system
   * gives up, which takes a quarter of an hour.
   */
  readonly within: <T>(limitMs: number, run: () => Promise<T>) => Promise<T>
}

/**
 * Opens connections, each when it is first needed; `lost` is called when one of them ends. All of
 * them are then replaced: if a statement was just about to be written, the client (3.4.9) reopens a
 * lost connection without ever sending it. With `statementMs`, Postgres ends statements that take
 * longer. Statements are then not pipelined, because ending one would also end the next.
 */
export const connect = (
  url: string,
  max: number,
  lost = () => {},
  statementMs?: number,
): Connections => {
  const direct = statementMs === undefined ? OPTIONS : patient(statementMs)
  const open = (): Sql => {
    const own = knownKind(url)?.isPooled ? POOLED : direct
    const { address, options } = securedAddress(url)
    const onclose = () => closed(client)
    const client: Sql = postgres(address, { ...own, ...options, max, onclose })
    return client
  }
  let current = open()
  let ended = false
  const closed = (client: Sql) => {
    lost()
    replace(client)
    // What could not be reached before may turn out to be a pooler.
    if (knownKind(url) === undefined) void learn(url).then(() => replace(current), () => {})
  }
  const replace = (client: Sql) => {
    if (client !== current || ended) return
    current = open()
    void client.end({ timeout: FINISH_SECONDS })
  }
  const end: Sql["end"] = (options) => {
    ended = true
    return current.end(options)
  }
  const within: Connections["within"] = async (limitMs, run) => {
    const client = current
    let timer: ReturnType<typeof setTimeout> | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        replace(client)
        const message = `Postgres has not answered for ${limitMs / 1_000} s: reconnecting`
        reject(new Unavailable({ message, retryAfterMs: 1_000 }))
      }, limitMs)
    })
    try {
      return await Promise.race([run(), silence])
    } finally {
      clearTimeout(timer)
    }
  }
  const added = { end, within }
  return new Proxy(current, {
    apply: (_, __, given: Parameters<Sql>) => current(...given),
    get: (_, name) => Reflect.get(Object.hasOwn(added, name) ? added : current, name),
  }) as Connections
}

/** Looks at what answers at this address, and resolves to it. Rejects when nothing does. */
export const learn = async (url: string): Promise<ServerKind> => {
  const { address, options } = securedAddress(url)
  const { target_session_attrs: _any, ...usual } = OPTIONS
  const plain = { ...usual, connection: {}, prepare: false, max: 1 }
  const sql = postgres(address, { ...plain, ...options })
  try {
    return await learnKind(sql, url)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** A single connection, which is not replaced when it is lost. */
export interface Session {
  /** Throws when it was lost. */
  readonly sql: () => Sql
  readonly end: () => Promise<void>
}

/** Opens one connection of this name, for as long as it takes. */
export const openSession = (url: string, name: string): Session => {
  let lost = false
  const own = knownKind(url)?.isPooled ? POOLED : OPTIONS
  const connection = { ...own.connection, application_name: name }
  const onclose = () => void (lost = true)
  const { address, options } = securedAddress(url)
  const sql = postgres(address, {
    ...own,
    ...options,
    max: 1,
    max_lifetime: null,
    connection,
    onclose,
  })
  return {
    sql: () => {
      if (!lost) return sql
      throw new Unavailable({ message: "the session with Postgres was lost: start again" })
    },
    end: () => sql.end({ timeout: 2 }),
  }
}

/** Runs something. A failure because Postgres cannot be reached rejects with `Unavailable`. */
export const guarded = async <T>(run: () => PromiseLike<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (isFailure(error) || !isOutage(error)) throw error
    const reason = error instanceof Error && error.message || codeOf(error)
    throw new Unavailable({ message: `Postgres cannot be reached: ${reason}`, retryAfterMs: 1_000 })
  }
}

/** What `run` gives, or `otherwise` if the store's own tables do not exist. */
export const unlessUnmade = async <T>(run: () => PromiseLike<T>, otherwise: T): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return otherwise
    throw error
  }
}

const UNDEFINED_TABLE = "42P01"
