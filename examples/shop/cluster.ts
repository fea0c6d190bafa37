/** `npm run cluster`: three NATS servers, three nodes and the rest as processes, until Ctrl-C. */
import process from "node:process"
import { Effect } from "effect"
import { App } from "leftfold/app"
import { shop } from "./main.ts"
import { natsUrlsOf } from "../../app/operations/nats-users.ts"
import { inboxPrefix } from "../../wire/internal.ts"
import { accessOf, addressesOf, completed } from "../../app/development/access.ts"
import { postgresIn, prepareDataFolder } from "../../app/development/data-folder.ts"
import {
  CLUSTER_SIZE,
  type NatsCluster,
  startCluster,
} from "../../app/development/nats/nats-cluster.ts"
import { keepPasswords, type PasswordsByUser } from "../../app/development/passwords.ts"
import { loopback, requireFreePort } from "../../app/development/port.ts"
import { databaseUser } from "../../app/development/postgres/postgres-data.ts"
import {
  type PostgresServer,
  startPostgres,
} from "../../app/development/postgres/postgres-server.ts"
import { attempt, resource } from "../../app/development/resource.ts"
import { runSql } from "../../app/development/postgres/run-sql.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { readSettings, type Settings } from "../../app/development/settings.ts"
import { createSteps, type Steps } from "../../app/development/steps.ts"
import { keepRunning } from "../../app/development/cluster/keeper.ts"
import { type Part, startParts } from "../../app/development/cluster/parts.ts"
import { screen } from "../../app/development/cluster/screen.ts"
import { newHealthToken, untilServing } from "../../app/development/cluster/until-serving.ts"

const STOP_LIMIT_MS = 12_000

const output = {
  isTerminal: process.stdout.isTTY === true,
  write: (text: string) => void process.stdout.write(text),
}

const access = accessOf(shop)

const startNats = (settings: Settings, passwords: PasswordsByUser, signal: AbortSignal) => {
  const asker = { user: "admin", pass: passwords["admin"]!, inboxPrefix: inboxPrefix("admin") }
  const ports = Array.from({ length: CLUSTER_SIZE }, (_, index) => settings.natsPort + index)
  return startCluster(settings.dataFolder, {
    ...{ ports, asker, signal, monitored: true, syncInterval: "always" },
    config: access.nats(passwords),
  })
}

const bringUp = (settings: Settings, passwords: PasswordsByUser, steps: Steps) => {
  const nats = resource("the NATS servers did not start", STOP_LIMIT_MS, async (signal) => {
    const start = () => startNats(settings, passwords, signal)
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
        await runSql(server.url, access.sql(passwords))
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

const makeStreams = async (addresses: ReturnType<typeof addressesIn>): Promise<void> => {
  const roles = ["provision"] as const
  const app = await App.start(shop, { ...addresses, roles, replicas: CLUSTER_SIZE })
  await app.stop()
}

const environmentOf = (
  { role }: Part,
  settings: Settings,
  cluster: NatsCluster,
  addresses: ReturnType<typeof addressesIn>,
  passwords: PasswordsByUser,
): Record<string, string> => ({
  NATS_URL: natsUrlsOf(cluster.url, completed(passwords))[role],
  DATABASE_URL: addresses.databaseUrl,
  ..."queriesUrl" in addresses ? { DATABASE_QUERIES_URL: addresses.queriesUrl } : {},
  NATS_MONITOR_URL: cluster.servers.map(({ monitorUrl = "" }) => monitorUrl).join(),
  LEFTFOLD_PROFILE: "production",
  HOST: loopback,
  PORT: String(settings.port),
})

const runCluster = Effect.gen(function* () {
  const settings = yield* readSettings({
    ...process.env,
    LEFTFOLD_DATA: process.env.LEFTFOLD_DATA || ".leftfold/cluster",
    NATS_URL: "",
    DATABASE_URL: "",
  })
  yield* attempt(() => requireFreePort(settings.port, "PORT"))
  const steps = createSteps(output)
  yield* attempt(() => prepareDataFolder(settings.dataFolder, true))
  const passwords = yield* attempt(() => keepPasswords(settings.dataFolder, access.users))
  const [cluster, postgres] = yield* bringUp(settings, passwords, steps)
  const addresses = addressesIn(cluster, postgres, passwords)
  yield* attempt(() => steps.run("streams, each on three servers", () => makeStreams(addresses)))
  const healthToken = newHealthToken()
  const gatewayUrl = `http://${loopback}:${settings.port}`
  const { parts } = yield* resource(
    "the shop did not start",
    STOP_LIMIT_MS,
    (signal) =>
      steps.run("the shop's processes", async () => {
        const started = await startParts((part) => ({
          ...environmentOf(part, settings, cluster, addresses, passwords),
          LEFTFOLD_HEALTH_TOKEN: healthToken,
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
  output.write(screen(rows, gatewayUrl, settings.dataFolder))
  const say = (line: string) => output.write(`${line}\n`)
  yield* resource("", STOP_LIMIT_MS, () => Promise.resolve(keepRunning(all, say)))
  return yield* Effect.never
}).pipe(Effect.scoped)

await runUntilSignal(runCluster)
