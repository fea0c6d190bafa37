/** A killer of connections to Postgres, for the test of kills. */
import process from "node:process"
import { connect } from "./connection-postgres.ts"
import { codeOf, isOutage } from "./outage.ts"

/** Kills a process; false when it has ended by itself since it was looked for. */
const kill = (pid: number): boolean => {
  try {
    return process.kill(pid, "SIGKILL")
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false
    throw error
  }
}

/** Kills connections of others, preferably such as are at work. */
export class Killer {
  readonly #sql: ReturnType<typeof connect>

  constructor(url: string) {
    this.#sql = connect(url, 1)
  }

  /** Ends a connection as its server does it; returns how many it has ended, one or none. */
  endConnection(): Promise<number> {
    return this.#unlessAway(async () => {
      const ended = await this.#sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()
        order by state = 'active' desc, random() limit 1`
      return ended.length
    })
  }

  /** Kills the process of a connection, upon which Postgres ends them all and recovers. */
  killBackend(): Promise<number> {
    return this.#unlessAway(async () => {
      const [found] = await this.#sql<{ pid: number }[]>`
        select pid from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()
        order by state = 'active' desc, random() limit 1`
      return found && kill(found.pid) ? 1 : 0
    })
  }

  /** Ends its own connection. */
  close(): Promise<void> {
    return this.#sql.end({ timeout: 1 })
  }

  /** Nothing is killed while Postgres is not back from the last time. */
  async #unlessAway(kill: () => Promise<number>): Promise<number> {
    try {
      return await kill()
    } catch (error) {
      if (isOutage(error)) return 0
      throw error
    }
  }
}
