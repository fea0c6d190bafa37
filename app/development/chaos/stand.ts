/** The stand of a chaos run: every process of the system, and connections to observe it. */
import { randomBytes } from "node:crypto"
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { followNodes, type KnownNodes, natsMembership } from "../../../actors/internal.ts"
import { messageOf } from "../../../contracts/internal.ts"
import { inboxPrefix, type NatsWire, natsWire } from "../../../wire/internal.ts"
import type { AppDefinition } from "../../app.ts"
import {
  databasePasswords,
  databaseRoles,
  databaseUrlsOf,
} from "../../operations/database-roles.ts"
import {
  natsUrlsOf,
  natsUsers,
  type Passwords,
  passwordsFor,
  withUser,
} from "../../operations/nats-users.ts"
import { provisionStreams } from "../../operations/provision-nats.ts"
import type { User } from "../../operations/users.ts"
import type { Role } from "../../roles.ts"
import { type NatsCluster, startCluster } from "../nats/nats-cluster.ts"
import { freePort } from "../port.ts"
import { type PostgresServer, startPostgres } from "../postgres/postgres-server.ts"
import { runSql } from "../postgres/run-sql.ts"
import type { Server } from "../server.ts"
import { CuttableRoutes } from "./cuttable-routes.ts"
import { type Part, startPart } from "./part.ts"
import type { RunOptions, Target } from "./plan.ts"
import { Scope } from "./scope.ts"
import { until } from "./until.ts"

/** Connections for callers that know the nodes, for callers that do not, and to observe with. */
interface Wires {
  readonly knowing: readonly NatsWire[]
  readonly plain: readonly NatsWire[]
  readonly observer: NatsWire
}

type NatsUrls = ReturnType<typeof natsUrlsOf>
type DatabaseUrls = ReturnType<typeof databaseUrlsOf>

/** The application of a run, and the script that runs one of its roles as a process. */
export interface System {
  readonly app: AppDefinition
  readonly role: URL
  readonly environment: Readonly<Record<string, string>>
  /** The folders from which the npm package of Postgres is looked for. */
  readonly packages?: readonly string[]
}

/** Everything that runs. */
export interface Stand {
  readonly app: AppDefinition
  readonly cluster: NatsCluster
  readonly postgres: PostgresServer
  readonly gatewayUrl: string
  readonly parts: Readonly<Record<Target, readonly Part[]>>
  /** The processes that are not hurt. */
  readonly others: readonly Part[]
  readonly wires: Wires
  readonly knownNodes: KnownNodes
  /** Aborts when the run is over, for whatever reason: nothing may go on then. */
  readonly signal: AbortSignal
}

/** How many servers keep each message. */
const REPLICAS = 3
const READY_MS = 90_000

const serverPart = (name: string, server: Server): Part => ({
  name,
  pid: () => server.pid,
  kill: () => server.kill(),
  stop: () => server.stop(),
  start: () => server.restart(),
})

/** A part that does not come back when the run is over. */
const heldIn = <P extends Part>(scope: Scope, part: P): P => ({
  ...part,
  start: () => scope.hold(() => part.start(), () => part.stop()),
})

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index + 1)))

/** Every user can enter it, because Postgres may run as another one. */
const temporaryFolder = async (scope: Scope): Promise<string> => {
  const folder = await scope.hold(
    async () => await mkdtemp(join(await realpath(tmpdir()), "leftfold-chaos-")),
    (made) => rm(made, { recursive: true, force: true, maxRetries: 5 }),
  )
  await chmod(folder, 0o755)
  return folder
}

const startServers = async (scope: Scope, { app, packages }: System, passwords: Passwords) => {
  const folder = await temporaryFolder(scope)
  const routes = new CuttableRoutes()
  scope.after(() => routes.close())
  const { between } = routes
  const config = { ...natsUsers(app, passwords) }
  const asker = { user: "admin", pass: passwords.admin, inboxPrefix: inboxPrefix("admin") }
  const options = { syncInterval: "always", monitored: true, between, config, asker }
  const dataFolder = join(folder, "postgres")
  const [cluster, postgres] = await Promise.all([
    scope.hold(
      () => startCluster(folder, options),
      ({ servers }) => Promise.all(servers.map((each) => each.stop())),
    ),
    scope.hold(
      async () => await startPostgres({ port: await freePort(), dataFolder, packages }),
      async (started) => {
        await started.stop()
        // The data is elsewhere if Postgres runs as a user who cannot reach the folder.
        await rm(started.dataFolder, { recursive: true, force: true, maxRetries: 5 })
      },
    ),
  ])
  // All roles have the password of the address.
  const { password } = new URL(postgres.url)
  await runSql(postgres.url, databaseRoles(app) + databasePasswords(() => password))
  const nats = cluster.servers.map((server, index): Part => ({
    ...heldIn(scope, serverPart(`n${index + 1}`, server)),
    cut: () => routes.cut(index),
    mend: () => routes.mend(index),
  }))
  return { cluster, postgres, nats }
}

/** Each role connects as the NATS user and the Postgres role that it has in production. */
const startRoles = async (
  scope: Scope,
  { role: script, environment }: System,
  natsUrls: NatsUrls,
  database: DatabaseUrls,
) => {
  const port = await freePort()
  const { databaseUrl, queriesUrl } = database
  const urls = { DATABASE_URL: databaseUrl, DATABASE_QUERIES_URL: queriesUrl, PORT: `${port}` }
  const start = async (name: string, role: Role) => {
    const own = { ...urls, ...environment, NATS_URL: natsUrls[role], ROLES: role }
    const part = await scope.hold(() => startPart(name, script, own), (each) => each.stop())
    return heldIn(scope, part)
  }
  const [nodes, workers, others] = await Promise.all([
    many(3, (number) => start(`node-${number}`, "actors")),
    many(2, (number) => start(`worker-${number}`, "projections")),
    Promise.all([start("policies", "policies"), start("gateway", "gateway")]),
  ])
  return { nodes, workers, others, gatewayUrl: `http://127.0.0.1:${port}` }
}

const connect = (scope: Scope, url: string, user: User, password: string) =>
  scope.hold(
    () =>
      natsWire({
        url: withUser(url, user, password),
        name: `chaos ${user}`,
        inboxPrefix: inboxPrefix(user),
      }),
    (wire) => wire.close(),
  )

/** Starts everything, and resolves when commands can be sent. All of it ends with the scope. */
const startStand = async (scope: Scope, system: System): Promise<Stand> => {
  const { app } = system
  const passwords = passwordsFor(() => `p${randomBytes(12).toString("hex")}`)
  const { cluster, postgres, nats } = await startServers(scope, system, passwords)
  const { url } = cluster
  const as = (user: User) => connect(scope, url, user, passwords[user])
  const two = (user: User) => Promise.all([as(user), as(user)])
  const observer = await as("admin")
  await provisionStreams(observer, app.contexts, { replicas: REPLICAS })
  const wires = { observer, knowing: await two("gateway"), plain: await two("caller") }
  const { signal } = scope
  const { knownNodes } = await scope.hold(
    () => followNodes(natsMembership(wires.knowing[0])),
    async ({ close }) => await close(),
  )
  const { nodes, workers, others, gatewayUrl } = await startRoles(
    scope,
    system,
    natsUrlsOf(url, passwords),
    databaseUrlsOf(postgres.url),
  )
  await until("three nodes", () => knownNodes.nodes.length === nodes.length, READY_MS, signal)
    .catch((error: Error) => {
      const lines = [...nodes, ...workers, ...others].flatMap((each) => each.lastLines())
      throw new Error([error.message, ...lines].join("\n"))
    })
  await until(
    "a gateway",
    async () => {
      const response = await fetch(`${gatewayUrl}/readyz`).catch(() => undefined)
      await response?.body?.cancel()
      return response?.ok ?? false
    },
    READY_MS,
    signal,
  )
  const database = [heldIn(scope, serverPart("postgres", postgres))]
  const parts = { node: nodes, worker: workers, nats, postgres: database }
  return { app, cluster, postgres, gatewayUrl, parts, others, wires, knownNodes, signal }
}

/** Rejects with the reason of the signal once it aborts. */
const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
  })

/** Works on a stand. Leaves nothing running, however that ends. */
export const onStand = async <A>(
  system: System,
  { report, signal }: Pick<RunOptions, "report" | "signal">,
  work: (stand: Stand) => Promise<A>,
): Promise<A> => {
  const scope = new Scope()
  const working = startStand(scope, system).then((stand) => {
    scope.signal.throwIfAborted()
    report?.("everything runs")
    return work(stand)
  })
  try {
    const result = await Promise.race([working, aborted(signal)])
    await scope.end(new Error("the run is over"))
    return result
  } catch (error) {
    await scope.end(error).catch((other: unknown) =>
      report?.(`something could not be stopped: ${messageOf(other)}`)
    )
    throw error
  }
}
