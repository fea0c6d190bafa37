/** The servers that the system needs: embedded ones, or those at the addresses that are given. */
import { join, resolve } from "node:path"
import { Effect, Scope } from "effect"
import { findNats } from "./nats-binary.ts"
import { type NatsServer, startNats } from "./nats-server.ts"
import { type PostgresServer, startPostgres } from "./postgres-server.ts"
import { requireReachable } from "./reachable.ts"
import { attempt, resource } from "./resource.ts"
import type { Settings } from "./settings.ts"
import type { Steps } from "./steps.ts"

/** Where the servers are. */
export interface SystemServers {
  readonly natsUrl: string
  readonly databaseUrl: string
  /** Resolves, in a sentence, when an embedded server ends by itself. */
  readonly died: Promise<string>
}

const stopGraceMs = 2_500
const stopLimitMs = stopGraceMs + 400

/** Brings both servers up at the same time; they stop at the same time, too. */
export const bringUpServers = Effect.fnUntraced(function* (settings: Settings, steps: Steps) {
  const scope = yield* Effect.acquireRelease(Scope.make("parallel"), Scope.close)
  const servers = yield* Effect.all([nats(settings, steps), postgres(settings, steps)], {
    concurrency: "unbounded",
  }).pipe(Scope.provide(scope))
  const died = servers.flatMap((server) => "died" in server ? [server.died] : [])
  const result: SystemServers = {
    natsUrl: servers[0].url,
    databaseUrl: servers[1].url,
    // A race of none never ends, and neither do servers that are not ours.
    died: Promise.race(died),
  }
  return result
})

const nats = ({ natsUrl, natsPort, dataFolder }: Settings, steps: Steps) => {
  if (natsUrl) {
    return given("NATS", natsUrl, () => requireReachable("NATS_URL", natsUrl, 4222), steps)
  }
  const start = (signal: AbortSignal) =>
    steps.run("nats-server", async (note) => {
      const binary = await findNats({ signal, note })
      note("starting")
      const folder = join(dataFolder, "nats")
      return await startNats({ port: natsPort, dataFolder: folder, binary, stopGraceMs, signal })
    }, describeNats)
  return resource("nats-server did not start", stopLimitMs, start)
}

const describeNats = ({ binary, port }: NatsServer) =>
  `nats-server ${binary.version} on port ${port}, from ${binary.source}`

const postgres = ({ databaseUrl, postgresPort, dataFolder }: Settings, steps: Steps) => {
  if (databaseUrl) {
    const check = () => requireReachable("DATABASE_URL", databaseUrl, 5432)
    return given("Postgres", databaseUrl, check, steps)
  }
  const start = (signal: AbortSignal) =>
    steps.run("Postgres", () => {
      const folder = join(dataFolder, "postgres")
      return startPostgres({ port: postgresPort, dataFolder: folder, stopGraceMs, signal })
    }, (server) => describePostgres(server, join(dataFolder, "postgres")))
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
