/** The servers that the system needs: embedded ones, or running ones at given addresses. */
import { join, resolve } from "node:path"
import { Effect, Scope } from "effect"
import { postgresIn, prepareDataFolder } from "./data-folder.ts"
import { findNats } from "./nats/nats-binary.ts"
import { type NatsServer, startNats } from "./nats/nats-server.ts"
import { keepPasswords, type PasswordsByUser } from "./passwords.ts"
import { databaseUser } from "./postgres/postgres-data.ts"
import { type PostgresServer, startPostgres } from "./postgres/postgres-server.ts"
import { requireReachable } from "./reachable.ts"
import { attempt, resource } from "./resource.ts"
import { runSql } from "./postgres/run-sql.ts"
import type { Settings } from "./settings.ts"
import type { Steps } from "./steps.ts"

/** The users of embedded servers. Servers at given addresses have their own users. */
export interface Access {
  /** The users of NATS and of Postgres. Each has a password. */
  readonly users: readonly string[]
  /** The part of a nats-server's configuration that defines its users. */
  readonly nats: (passwords: PasswordsByUser) => Readonly<Record<string, unknown>>
  /** The statements that make Postgres' roles and set their passwords. */
  readonly sql: (passwords: PasswordsByUser) => string
}

/** The addresses of the servers, and their users. */
export interface SystemServers {
  readonly natsUrl: string
  /** Whether NATS is embedded, and so has the users. */
  readonly hasUsers: boolean
  /** The passwords of the embedded servers' users. */
  readonly passwords: PasswordsByUser
  /** The address of Postgres, with the superuser if it is embedded. */
  readonly databaseUrl: string
  /** Whether Postgres is embedded, and so has the roles. */
  readonly hasRoles: boolean
  /** Gives an embedded NATS other users; undefined if it is not embedded. */
  readonly reconfigure: NatsServer["reconfigure"] | undefined
  /** Resolves, to a sentence, when an embedded server ends by itself. */
  readonly died: Promise<string>
}

const stopGraceMs = 2_500
const stopLimitMs = stopGraceMs + 400

/** Starts both servers at the same time. They also stop at the same time. */
export const bringUpServers = Effect.fnUntraced(function* (
  settings: Settings,
  steps: Steps,
  access?: Access,
  packages?: readonly string[],
) {
  const scope = yield* Effect.acquireRelease(Scope.make("parallel"), Scope.close)
  const passwords = yield* attempt(() => prepare(settings, access))
  const servers = yield* Effect.all([
    nats(settings, steps, passwords, access),
    postgres(settings, steps, passwords, access, packages),
  ], {
    concurrency: "unbounded",
  }).pipe(Scope.provide(scope))
  const died = servers.flatMap((server) => "died" in server ? [server.died] : [])
  const result: SystemServers = {
    natsUrl: servers[0].url,
    hasUsers: access !== undefined && "died" in servers[0],
    reconfigure: "died" in servers[0] ? servers[0].reconfigure : undefined,
    passwords,
    databaseUrl: servers[1].url,
    hasRoles: access !== undefined && "died" in servers[1],
    // A race without contenders never ends. Servers that are not ours cannot end it either.
    died: Promise.race(died),
  }
  return result
})

/** Makes the data folder of embedded servers; resolves to the passwords of their users. */
const prepare = async (
  { natsUrl, databaseUrl, dataFolder }: Settings,
  access?: Access,
): Promise<PasswordsByUser> => {
  if (natsUrl && databaseUrl) return {}
  await prepareDataFolder(dataFolder, databaseUrl === undefined)
  return access ? await keepPasswords(dataFolder, access.users) : {}
}

const nats = (
  { natsUrl, natsPort, dataFolder }: Settings,
  steps: Steps,
  passwords: PasswordsByUser,
  access?: Access,
) => {
  if (natsUrl) {
    return given("NATS", natsUrl, () => requireReachable("NATS_URL", natsUrl, 4222), steps)
  }
  const start = (signal: AbortSignal) =>
    steps.run("nats-server", async (note) => {
      const binary = await findNats({ signal, note })
      note("starting")
      return await startNats({
        port: natsPort,
        dataFolder: join(dataFolder, "nats"),
        ...access && { config: access.nats(passwords) },
        ...{ binary, stopGraceMs, signal },
      })
    }, describeNats)
  return resource("nats-server did not start", stopLimitMs, start)
}

const describeNats = ({ binary, port }: NatsServer) =>
  `nats-server ${binary.version} on port ${port}, from ${binary.source}`

const postgres = (
  { databaseUrl, postgresPort, dataFolder }: Settings,
  steps: Steps,
  passwords: PasswordsByUser,
  access?: Access,
  packages?: readonly string[],
) => {
  if (databaseUrl) {
    const check = () => requireReachable("DATABASE_URL", databaseUrl, 5432)
    return given("Postgres", databaseUrl, check, steps)
  }
  const start = (signal: AbortSignal) =>
    steps.run("Postgres", async () => {
      const password = passwords[databaseUser]
      const server = await startPostgres({
        port: postgresPort,
        dataFolder: postgresIn(dataFolder),
        ...password === undefined ? {} : { password },
        ...{ packages, stopGraceMs, signal },
      })
      if (access) await runSql(server.url, access.sql(passwords))
      return server
    }, (server) => describePostgres(server, postgresIn(dataFolder)))
  return resource("Postgres did not start", stopLimitMs, start)
}

function describePostgres(server: PostgresServer, wanted: string): string {
  const user = server.userName ? `, as user ${server.userName}` : ""
  const place = server.dataFolder === resolve(wanted)
    ? ""
    : `, with its data in ${server.dataFolder}`
  return `Postgres ${server.version} on port ${server.port}${user}${place}`
}

const given = (name: string, url: string, check: () => Promise<void>, steps: Steps) =>
  attempt(() => steps.run(name, check, () => `${name} at the address that was given`))
    .pipe(Effect.as({ url }))
