/** Connections to Postgres, and which of its errors mean that it cannot be reached. */
import postgres, { type Sql } from "postgres"
import { isFailure, Unavailable } from "../../contracts/internal.ts"
import { codeOf, isOutage } from "./outage.ts"
import { securedAddress } from "./secured-address.ts"
import { SQL_TYPES } from "./sql-types.ts"

const OPTIONS = {
  onnotice: () => {},
  // The driver asks for them on its own, and nobody catches it when the connection is lost then.
  fetch_types: false,
  connect_timeout: 5,
  // Its own is some time between 30 and 60 minutes, at whose end a connection would seem lost.
  max_lifetime: null,
  // The client's own goes up to 20 seconds, for which a server that is back would not be used.
  backoff: () => 0.2,
  // Times are read as UTC, whatever the server or the environment would say.
  connection: {
    TimeZone: "UTC",
    // What nobody waits for any more ends, even if it waits for a lock itself.
    client_connection_check_interval: "5s",
  },
  types: SQL_TYPES,
}

const patient = (statementMs: number) => ({
  ...OPTIONS,
  max_pipeline: 0,
  connection: { ...OPTIONS.connection, statement_timeout: statementMs },
})

/** How long a client that is not used any more may take to finish, in seconds. */
const FINISH_SECONDS = 5

/** Connections that are replaced by new ones when they are lost, or silent. */
export interface Connections extends Sql {
  /**
   * What `run` gives. When that takes longer, rejects with `Unavailable` and has new connections
   * opened: a host that vanished without a word is otherwise waited for until the system gives up,
   * which takes a quarter of an hour.
   */
  readonly within: <T>(limitMs: number, run: () => Promise<T>) => Promise<T>
}

/**
 * Opens connections, each when it is first needed; `lost` is called when one of them ends. All of
 * them are then replaced: the client (3.4.9) opens a lost connection again without ever sending
 * what it has to say, if something was just about to be written when the connection was lost. With
 * `statementMs`, Postgres ends statements that take longer, and none is sent behind another one
 * that is not done: who ends that one would end this one too.
 */
export const connect = (
  url: string,
  max: number,
  lost = () => {},
  statementMs?: number,
): Connections => {
  const own = statementMs === undefined ? OPTIONS : patient(statementMs)
  const open = (): Sql => {
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
        const message = `Postgres has not answered for ${limitMs / 1_000} s: connecting anew`
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

/** A connection that is not followed by another one when it is lost. */
export interface Session {
  /** Throws when it was lost. */
  readonly sql: () => Sql
  readonly end: () => Promise<void>
}

/** Opens one connection of this name, for as long as it takes. */
export const openSession = (url: string, name: string): Session => {
  let lost = false
  const connection = { ...OPTIONS.connection, application_name: name }
  const onclose = () => void (lost = true)
  const { address, options } = securedAddress(url)
  const sql = postgres(address, {
    ...OPTIONS,
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

/** Runs something; what fails as Postgres cannot be reached rejects with `Unavailable`. */
export const guarded = async <T>(run: () => PromiseLike<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (isFailure(error) || !isOutage(error)) throw error
    const reason = error instanceof Error && error.message || codeOf(error)
    throw new Unavailable({ message: `Postgres cannot be reached: ${reason}`, retryAfterMs: 1_000 })
  }
}

/** What `run` gives, or `otherwise` while the store's own tables are not there. */
export const unlessUnmade = async <T>(run: () => PromiseLike<T>, otherwise: T): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return otherwise
    throw error
  }
}

const UNDEFINED_TABLE = "42P01"
