/** The stand of a chaos run: every process of the system, and connections to observe it with. */
import { followRoster, natsMembership, provisionStreams, type Roster } from "../../actors/mod.ts"
import { type NatsWire, natsWire } from "../../contracts/mod.ts"
import { type NatsCluster, ownCluster } from "../testing/own-cluster.ts"
import { freePort, ownPostgres } from "../testing/own-servers.ts"
import type { TestScope } from "../testing/temporary-folder.ts"
import type { PostgresServer } from "../servers/postgres-server.ts"
import type { Server } from "../servers/server.ts"
import { CuttableRoutes } from "./cuttable-routes.ts"
import { type Part, startPart } from "./part.ts"
import type { Target } from "./plan.ts"
import { until } from "./until.ts"
import { vault } from "./vault.ts"

/** All that runs. */
export interface Stand {
  readonly cluster: NatsCluster
  readonly postgres: PostgresServer
  readonly gatewayUrl: string
  readonly parts: Readonly<Record<Target, readonly Part[]>>
  /** Those that are not hurt. */
  readonly others: readonly Part[]
  readonly wires: readonly NatsWire[]
  readonly roster: Roster
}

/** On how many servers each message is kept. */
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

const startServers = async (scope: TestScope) => {
  const routes = new CuttableRoutes()
  scope.after(() => routes.close())
  const { between } = routes
  const [cluster, postgres] = await Promise.all([
    ownCluster(scope, { syncInterval: "always", monitored: true, between }),
    ownPostgres(scope),
  ])
  const nats = cluster.servers.map((server, index): Part => ({
    ...serverPart(`n${index + 1}`, server),
    cut: () => routes.cut(index),
    mend: () => routes.mend(index),
  }))
  return { cluster, postgres, nats }
}

const startRoles = async (scope: TestScope, natsUrl: string, databaseUrl: string) => {
  const port = await freePort()
  const urls = { NATS_URL: natsUrl, DATABASE_URL: databaseUrl, PORT: String(port) }
  const start = async (name: string, roles: string) => {
    const part = await startPart(name, "role.ts", { ...urls, ROLES: roles })
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

const connect = async (scope: TestScope, url: string, name: string): Promise<NatsWire> => {
  const wire = await natsWire({ url, name })
  scope.after(() => wire.close())
  return wire
}

/** Starts everything, and resolves when commands can be sent. All of it ends with the scope. */
export const startStand = async (scope: TestScope): Promise<Stand> => {
  const { cluster, postgres, nats } = await startServers(scope)
  const wires = [
    await connect(scope, cluster.url, "client-1"),
    await connect(scope, cluster.url, "client-2"),
    await connect(scope, cluster.url, "observer"),
  ]
  const [wire] = wires as [NatsWire, NatsWire, NatsWire]
  await provisionStreams(wire, vault.contexts, { replicas: REPLICAS })
  const { roster, close } = await followRoster(natsMembership(wire))
  scope.after(async () => close())
  const { nodes, workers, others, gatewayUrl } = await startRoles(scope, cluster.url, postgres.url)
  await until("three nodes", () => roster.nodes.length === nodes.length, READY_MS)
  await until("a gateway", async () => {
    const response = await fetch(`${gatewayUrl}/readyz`).catch(() => undefined)
    await response?.body?.cancel()
    return response?.ok ?? false
  }, READY_MS)
  const parts = { node: nodes, worker: workers, nats, postgres: [serverPart("postgres", postgres)] }
  return { cluster, postgres, gatewayUrl, parts, others, wires, roster }
}
