/** A program that runs an application as a cluster on this machine: each node a process. */
import { randomBytes } from "node:crypto"
import process from "node:process"
import { Effect } from "effect"
import type { AppDefinition } from "../../app.ts"
import { natsUrlsOf } from "../../operations/nats-users.ts"
import { start } from "../../start.ts"
import { inboxPrefix } from "../../../wire/internal.ts"
import { accessOf, addressesOf, completed } from "../access.ts"
import { postgresIn, prepareDataFolder } from "../data-folder.ts"
import { CLUSTER_SIZE, type NatsCluster, startCluster } from "../nats/nats-cluster.ts"
import { keepPasswords, type PasswordsByUser } from "../passwords.ts"
import { loopback, requireFreePort } from "../port.ts"
import { databaseUser } from "../postgres/postgres-data.ts"
import { type PostgresServer, startPostgres } from "../postgres/postgres-server.ts"
import { runSql } from "../postgres/run-sql.ts"
import { attempt, resource } from "../resource.ts"
import { runUntilSignal } from "../run-until-signal.ts"
import { readSettings, type Settings } from "../settings.ts"
import { createSteps, standardOutput, type Steps } from "../steps.ts"
import type { Hints } from "./screen.ts"
import { keepRunning } from "./keeper.ts"
import { type Part, startParts } from "./parts.ts"
import { screen } from "./screen.ts"
import { newHealthToken, untilServing } from "./until-serving.ts"

const STOP_LIMIT_MS = 12_000

/**
 * How an application runs as a cluster on a laptop.
 *
 * ```ts
 * const options: DevelopmentOptions = { hints: (url) => `Try:\n\n  curl ${url}/openapi.json` }
 * await runCluster(shop, new URL("./main.ts", import.meta.url), options)
 * ```
 */
export interface DevelopmentOptions {
  /** What the first screen tells people to try, given the address of the gateway. */
  readonly hints?: Hints
}

const startNats = (
  app: AppDefinition,
  settings: Settings,
  passwords: PasswordsByUser,
  signal: AbortSignal,
) => {
  const asker = { user: "admin", pass: passwords["admin"]!, inboxPrefix: inboxPrefix("admin") }
  const ports = Array.from({ length: CLUSTER_SIZE }, (_, index) => settings.natsPort + index)
  return startCluster(settings.dataFolder, {
    ...{ ports, asker, signal, monitored: true, syncInterval: "always" },
    config: accessOf(app).nats(passwords),
  })
}

const bringUp = (
  app: AppDefinition,
  settings: Settings,
  passwords: PasswordsByUser,
  steps: Steps,
) => {
  const nats = resource("the NATS servers did not start", STOP_LIMIT_MS, async (signal) => {
    const start = () => startNats(app, settings, passwords, signal)
    const cluster = await steps.run("three NATS servers", start)
    const stop = async () => void await Promise.all(cluster.servers.map((each) => each.stop()))
    return Object.assign(cluster, { stop })
  })
  const postgres = resource(
    "Postgres did not start",
    STOP_LIMIT_MS,
    (signal) =>
      steps.run("Postgres", async () => {
        const server = await startPostgres({
          port: settings.postgresPort,
          dataFolder: postgresIn(settings.dataFolder),
          password: passwords[databaseUser]!,
          signal,
        })
        await runSql(server.url, accessOf(app).sql(passwords))
        return server
      }),
  )
  return Effect.all([nats, postgres], { concurrency: "unbounded" })
}

const addressesIn = (
  { url }: NatsCluster,
  { url: databaseUrl }: PostgresServer,
  passwords: PasswordsByUser,
) => addressesOf({ natsUrl: url, hasUsers: true, passwords, databaseUrl, hasRoles: true })

const makeStreams = async (
  app: AppDefinition,
  addresses: ReturnType<typeof addressesIn>,
): Promise<void> => {
  const roles = ["provision"] as const
  const started = await start(app, { ...addresses, roles, replicas: CLUSTER_SIZE })
  await started.stop()
}

const environmentOf = (
  { role }: Part,
  settings: Settings,
  cluster: NatsCluster,
  addresses: ReturnType<typeof addressesIn>,
  passwords: PasswordsByUser,
): Record<string, string> => ({
  // Only this machine reaches the gateway, so it can take users for development.
  LEFTFOLD_PROFILE: role === "gateway" ? "development" : "production",
  NATS_URL: natsUrlsOf(cluster.url, completed(passwords))[role],
  DATABASE_URL: addresses.databaseUrl,
  ..."queriesUrl" in addresses ? { DATABASE_QUERIES_URL: addresses.queriesUrl } : {},
  NATS_MONITOR_URL: cluster.servers.map(({ monitorUrl = "" }) => monitorUrl).join(),
  HOST: loopback,
  PORT: String(settings.port),
})

const clusterOf = (app: AppDefinition, main: URL, hints?: Hints) =>
  Effect.gen(function* () {
    const settings = yield* readSettings({
      ...process.env,
      LEFTFOLD_DATA: process.env.LEFTFOLD_DATA || ".leftfold/cluster",
      NATS_URL: "",
      DATABASE_URL: "",
    })
    yield* attempt(() => requireFreePort(settings.port, "PORT"))
    const steps = createSteps(standardOutput)
    yield* attempt(() => prepareDataFolder(settings.dataFolder, true))
    const passwords = yield* attempt(() => keepPasswords(settings.dataFolder, accessOf(app).users))
    const [cluster, postgres] = yield* bringUp(app, settings, passwords, steps)
    const addresses = addressesIn(cluster, postgres, passwords)
    yield* attempt(() =>
      steps.run("streams, each on three servers", () => makeStreams(app, addresses))
    )
    const healthToken = newHealthToken()
    const principalKey = randomBytes(32).toString("base64url")
    const gatewayUrl = `http://${loopback}:${settings.port}`
    const { parts } = yield* resource(
      `the ${app.name} did not start`,
      STOP_LIMIT_MS,
      (signal) =>
        steps.run(`the processes of the ${app.name}`, async () => {
          const started = await startParts(main, (part) => ({
            ...environmentOf(part, settings, cluster, addresses, passwords),
            LEFTFOLD_HEALTH_TOKEN: healthToken,
            LEFTFOLD_PRINCIPAL_KEYS: principalKey,
          }))
          await untilServing(gatewayUrl, healthToken, signal).catch(async (error) => {
            await started.stop()
            throw error
          })
          return started
        }),
    )
    const servers = cluster.servers.map((server, index) => ({ name: `nats-${index + 1}`, server }))
    const all = [...servers, { name: "postgres", server: postgres }, ...parts]
    const rows = all.map(({ name, server: { pid, url } }) => ({ name, pid, url }))
    standardOutput.write(screen(rows, gatewayUrl, settings.dataFolder, hints))
    const say = (line: string) => standardOutput.write(`${line}\n`)
    yield* resource("", STOP_LIMIT_MS, () => Promise.resolve(keepRunning(all, say)))
    return yield* Effect.never
  }).pipe(Effect.scoped)

/**
 * Runs an application as three NATS servers, one Postgres, three nodes of actors, two workers, and
 * a process for each other role, until Ctrl-C. A process that ends is started again. `main` is the
 * module that calls `App.main` with the same application. The environment chooses ports (`PORT`,
 * `PG_PORT`, and `NATS_PORT` for the first of three in a row) and the folder of the data
 * (`LEFTFOLD_DATA`). It never resolves: it ends the process with exit code 0 after a signal, and
 * with a sentence and exit code 1 when something cannot start.
 *
 * ```ts
 * await runCluster(shop, new URL("./main.ts", import.meta.url))
 * ```
 */
export const runCluster = (
  app: AppDefinition,
  main: URL,
  { hints }: DevelopmentOptions = {},
): Promise<never> => runUntilSignal(clusterOf(app, main, hints))
