/** An embedded Postgres on loopback, with its data in a folder, and a password for every user. */
import { randomBytes } from "node:crypto"
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
import { ServerError } from "../server-error.ts"
import { serverUser } from "./server-user.ts"

/** How to start a Postgres. */
export interface PostgresOptions {
  readonly port: number
  /** The folder of the data, if the user that runs Postgres can reach it. */
  readonly dataFolder: string
  /** The superuser's password; a random one by default. The server's password is changed to it. */
  readonly password?: string
  /** The folders from which the npm package is looked for; the current one by default. */
  readonly packages?: readonly string[] | undefined
  /** More settings of the server, such as `{ fsync: "off" }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly stopGraceMs?: number
  readonly startTimeoutMs?: number
  /** Cancels the start when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** A running Postgres. */
export interface PostgresServer extends Server {
  /** Its version, such as `18.4`. */
  readonly version: string
  /** The folder that holds the data. When it is not the given one, a link there leads to it. */
  readonly dataFolder: string
  /** The name of the user that runs it, if it is not the current user. */
  readonly userName?: string
}

const database = "leftfold"

/**
 * Starts a Postgres, makes its data and the database `leftfold` if they are missing, and waits
 * until it answers. Throws a `ServerError` when it cannot start.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { port, settings, signal, stopGraceMs = 3_000 } = options
  const { password = randomBytes(16).toString("hex") } = options
  const binary = await findPostgres(options.packages && { folders: options.packages })
  const user = await serverUser(options.dataFolder)
  const folder = await postgresFolder(options.dataFolder, user)
  await untilUnused(join(folder, "postmaster.pid"), "postgres", options.startTimeoutMs)
  await requireFreePort(port, "PG_PORT")
  await preparePostgresData({ binary, folder, user, password, signal })
  const child: ChildOptions = {
    name: "Postgres",
    program: binary.postgres,
    args: ["-D", folder, ...serverArguments(port, settings)],
    // INT ends the sessions and stops. On TERM, Postgres would wait for its clients.
    stopSignal: "INT",
    stopGraceMs,
    user,
  }
  const secret = encodeURIComponent(password)
  const url = `postgres://${databaseUser}:${secret}@${loopback}:${port}/${database}`
  const server = await superviseServer({ url, port }, async () => {
    const started = await startChild(child)
    await untilReady(started, () => requireDatabase(port, password), {
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

const REFUSED = ["28000", "28P01"]

/**
 * Connects to the database `postgres`, which always exists, and makes the database `leftfold` if it
 * is missing. Throws a `ServerError` when the password is refused, which waiting does not cure.
 */
async function requireDatabase(port: number, password: string): Promise<void> {
  const sql = postgres({
    host: loopback,
    port,
    username: databaseUser,
    password,
    database: "postgres",
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
  })
  try {
    const found = await sql`select 1 from pg_database where datname = ${database}`
    if (found.length === 0) await sql`create database ${sql(database)}`
  } catch (error) {
    if (!REFUSED.includes((error as { readonly code?: string }).code ?? "")) throw error
    throw new ServerError(
      `Postgres refuses the password of ${databaseUser}, which was changed by other hands: ` +
        "delete pg_hba.conf in the folder of its data, and it is set at the next start",
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}
