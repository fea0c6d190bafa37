/** An embedded Postgres, on loopback, with its data in a folder. */
import { join } from "node:path"
import postgres from "postgres"
import { type ChildOptions, startChild } from "../child.ts"
import { untilUnused } from "../folder-lock.ts"
import { loopback, requireFreePort } from "../port.ts"
import { findPostgres } from "./postgres-binary.ts"
import { databaseUser, preparePostgresData } from "./postgres-data.ts"
import { postgresFolder } from "./postgres-folder.ts"
import { untilReady } from "../ready.ts"
import { type Server, superviseServer } from "../server.ts"
import { serverUser } from "./server-user.ts"

/** How a Postgres is started. */
export interface PostgresOptions {
  readonly port: number
  /** Where the data is kept, if the user that Postgres runs as can reach it. */
  readonly dataFolder: string
  /** More settings of the server, such as `{ fsync: "off" }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly stopGraceMs?: number
  readonly startTimeoutMs?: number
  /** Calls the start off when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** A running Postgres. */
export interface PostgresServer extends Server {
  /** Its version, such as `18.4`. */
  readonly version: string
  /** Where the data really is; `dataFolder` then is a link to it. */
  readonly dataFolder: string
  /** The name of the user it runs as, when that is not the own one. */
  readonly userName?: string
}

const database = "leftfold"

/**
 * Starts a Postgres, makes its data and the database `leftfold` unless they are there, and waits
 * until it answers. Throws a `ServerError` if it cannot.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { port, settings, signal, stopGraceMs = 3_000 } = options
  const binary = await findPostgres()
  const user = await serverUser(options.dataFolder)
  const folder = await postgresFolder(options.dataFolder, user)
  await untilUnused(join(folder, "postmaster.pid"), "postgres", options.startTimeoutMs)
  await requireFreePort(port, "PG_PORT")
  await preparePostgresData(binary, folder, user, signal)
  const child: ChildOptions = {
    name: "Postgres",
    program: binary.postgres,
    args: ["-D", folder, ...serverArguments(port, settings)],
    // To Postgres this means: end the sessions and stop. On TERM it would wait for its clients.
    stopSignal: "INT",
    stopGraceMs,
    user,
  }
  const url = `postgres://${databaseUser}@${loopback}:${port}/${database}`
  const server = await superviseServer({ url, port }, async () => {
    const started = await startChild(child)
    await untilReady(started, () => requireDatabase(port), {
      timeoutMs: options.startTimeoutMs,
      signal,
    })
    return started
  })
  const version = binary.version.split(".").slice(0, 2).join(".")
  return Object.assign(server, { version, dataFolder: folder }, user && { userName: user.name })
}

function serverArguments(port: number, settings: PostgresOptions["settings"]): Array<string> {
  const all = {
    listen_addresses: loopback,
    port: String(port),
    unix_socket_directories: "",
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])
}

/** Connects to the database that is always there, as the own one may have to be made. */
async function requireDatabase(port: number): Promise<void> {
  const sql = postgres({
    host: loopback,
    port,
    username: databaseUser,
    database: "postgres",
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
  })
  try {
    const found = await sql`select 1 from pg_database where datname = ${database}`
    if (found.length === 0) await sql`create database ${sql(database)}`
  } finally {
    await sql.end({ timeout: 1 })
  }
}
