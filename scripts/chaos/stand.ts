/** The stand of a chaos run: every process of the system, and connections to observe it. */
import { randomBytes } from "node:crypto"
import { followNodes, type KnownNodes, natsMembership } from "../../actors/internal.ts"
import { type AppDefinition, provisionStreams } from "../../app/internal.ts"
import {
  databasePasswords,
  databaseRoles,
  databaseUrlsOf,
} from "../../app/operations/database-roles.ts"
import {
  natsUrlsOf,
  natsUsers,
  type Passwords,
  passwordsFor,
  withUser,
} from "../../app/operations/nats-users.ts"
import type { User } from "../../app/operations/users.ts"
import type { Role } from "../../app/roles.ts"
import { inboxPrefix, type NatsWire, natsWire } from "../../wire/internal.ts"
import { runSql } from "../../app/development/postgres/run-sql.ts"
import { type NatsCluster, ownCluster } from "../../testing/own-cluster.ts"
import { freePort, ownPostgres } from "../../testing/own-servers.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import type { PostgresServer } from "../../app/development/postgres/postgres-server.ts"
import type { Server } from "../../app/development/server.ts"
import { CuttableRoutes } from "../../testing/cuttable-routes.ts"
import { type Part, startPart } from "./part.ts"
import type { Target } from "./plan.ts"
import { until } from "./until.ts"
import { vault } from "./vault.ts"

/** Connections for callers that know the nodes, for callers that do not, and to observe with. */
export interface Wires {
  readonly knowing: readonly NatsWire[]
  readonly plain: readonly NatsWire[]
  readonly observer: NatsWire
}

type NatsUrls = ReturnType<typeof natsUrlsOf>
type DatabaseUrls = ReturnType<typeof databaseUrlsOf>

/** The application of a run, and the script that runs one of its roles as a process. */
export interface System {
  readonly app: AppDefinition
  readonly role: string
  readonly environment: Readonly<Record<string, string>>
}

const VAULT: System = { app: vault, role: "role.ts", environment: {} }

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

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index + 1)))

const startServers = async (scope: TestScope, app: AppDefinition, passwords: Passwords) => {
  const routes = new CuttableRoutes()
  scope.after(() => routes.close())
  const { between } = routes
  const config = { ...natsUsers(app, passwords) }
  const asker = { user: "admin", pass: passwords.admin, inboxPrefix: inboxPrefix("admin") }
  const [cluster, postgres] = await Promise.all([
    ownCluster(scope, { syncInterval: "always", monitored: true, between, config, asker }),
    ownPostgres(scope),
  ])
  // All roles have the password of the address.
  const { password } = new URL(postgres.url)
  await runSql(postgres.url, databaseRoles(app) + databasePasswords(() => password))
  const nats = cluster.servers.map((server, index): Part => ({
    ...serverPart(`n${index + 1}`, server),
    cut: () => routes.cut(index),
    mend: () => routes.mend(index),
  }))
  return { cluster, postgres, nats }
}

/** Each role connects as the NATS user and the Postgres role that it has in production. */
const startRoles = async (
  scope: TestScope,
  { role: script, environment }: System,
  natsUrls: NatsUrls,
  database: DatabaseUrls,
) => {
  const port = await freePort()
  const { databaseUrl, queriesUrl } = database
  const urls = { DATABASE_URL: databaseUrl, DATABASE_QUERIES_URL: queriesUrl, PORT: `${port}` }
  const start = async (name: string, role: Role) => {
    const own = { ...urls, ...environment, NATS_URL: natsUrls[role], ROLES: role }
    const part = await startPart(name, script, own)
    scope.after(() => part.stop())
    return part
  }
  const [nodes, workers, others] = await Promise.all([
    many(3, (number) => start(`node-${number}`, "actors")),
    many(2, (number) => start(`worker-${number}`, "projections")),
    Promise.all([start("policies", "policies"), start("gateway", "gateway")]),
  ])
  return { nodes, workers, others, gatewayUrl: `http://127.0.0.1:${port}` }
}

const connect = async (scope: TestScope, url: string, user: User, password: string) => {
  const wire = await natsWire({
    url: withUser(url, user, password),
    name: `chaos ${user}`,
    inboxPrefix: inboxPrefix(user),
  })
  scope.after(() => wire.close())
  return wire
}

/** Starts everything, and resolves when commands can be sent. All of it ends with the scope. */
export const startStand = async (scope: TestScope, system = VAULT): Promise<Stand> => {
  const { app } = system
  const passwords = passwordsFor(() => `p${randomBytes(12).toString("hex")}`)
  const { cluster, postgres, nats } = await startServers(scope, app, passwords)
  const { url } = cluster
  const as = (user: User) => connect(scope, url, user, passwords[user])
  const two = (user: User) => Promise.all([as(user), as(user)])
  const observer = await as("admin")
  await provisionStreams(observer, app.contexts, { replicas: REPLICAS })
  const wires = { observer, knowing: await two("gateway"), plain: await two("caller") }
  const { knownNodes, close } = await followNodes(natsMembership(wires.knowing[0]))
  scope.after(async () => close())
  const { nodes, workers, others, gatewayUrl } = await startRoles(
    scope,
    system,
    natsUrlsOf(url, passwords),
    databaseUrlsOf(postgres.url),
  )
  await until("three nodes", () => knownNodes.nodes.length === nodes.length, READY_MS)
    .catch((error: Error) => {
      const lines = [...nodes, ...workers, ...others].flatMap((each) => each.lastLines())
      throw new Error([error.message, ...lines].join("\n"))
    })
  await until("a gateway", async () => {
    const response = await fetch(`${gatewayUrl}/readyz`).catch(() => undefined)
    await response?.body?.cancel()
    return response?.ok ?? false
  }, READY_MS)
  const parts = { node: nodes, worker: workers, nats, postgres: [serverPart("postgres", postgres)] }
  return { app, cluster, postgres, gatewayUrl, parts, others, wires, knownNodes }
}
