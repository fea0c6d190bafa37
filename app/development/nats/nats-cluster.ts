/** Three nats-servers on loopback that form a cluster, so that streams can have replicas. */
import { setTimeout as pause } from "node:timers/promises"
import { join } from "node:path"
import { connect, type ConnectionOptions, type NatsConnection } from "nats"
import { type NatsOptions, type NatsServer, startNats } from "./nats-server.ts"
import { freePort, loopback } from "../port.ts"

/** A running cluster. */
export interface NatsCluster {
  /** All servers, separated by commas. */
  readonly url: string
  readonly servers: readonly NatsServer[]
}

/** What holds for each server of a cluster. */
export interface ClusterOptions
  extends Partial<Omit<NatsOptions, "port" | "dataFolder" | "monitorPort">> {
  /** Whether each server has monitoring pages. */
  readonly monitored?: boolean
  /** The port of each server; free ones if nothing is said. */
  readonly ports?: readonly number[]
  /**
   * Where the server of one index dials to reach another, whose routes listen on this port; the
   * port itself unless this is given. Servers then tell each other of no other ways.
   */
  readonly between?: (from: number, to: number, port: number) => Promise<number>
  /** As whom to ask whether a leader was elected, where not everybody may. */
  readonly asker?: ConnectionOptions
}

/** How many servers a cluster has. */
export const CLUSTER_SIZE = 3
const PAUSE_MS = 50
const READY_MS = 30_000

/**
 * Starts three servers, each in a folder of its own in this one, and waits until they have elected
 * a leader for JetStream. Throws a `ServerError`, with none left running, when one cannot start.
 */
export async function startCluster(
  folder: string,
  { monitored = false, ports, asker, between, ...options }: ClusterOptions = {},
): Promise<NatsCluster> {
  const routes = await Promise.all(Array.from({ length: CLUSTER_SIZE }, freePort))
  const starting = routes.map(async (route, index) => {
    const name = `n${index + 1}`
    const others = routes.map(async (port, to) =>
      between && to !== index ? await between(index, to, port) : port
    )
    const cluster = {
      name: "leftfold",
      listen: `${loopback}:${route}`,
      no_advertise: between !== undefined,
      routes: (await Promise.all(others)).map((port) => `nats://${loopback}:${port}`),
    }
    return await startNats({
      ...options,
      port: ports?.[index] ?? await freePort(),
      ...monitored ? { monitorPort: await freePort() } : {},
      dataFolder: join(folder, name),
      config: { ...options.config, server_name: name, cluster },
    })
  })
  try {
    const servers = await Promise.all(starting)
    await Promise.all(servers.map(({ url }) => untilLeader({ ...asker, servers: url })))
    return { url: servers.map(({ url }) => url).join(), servers }
  } catch (error) {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === "fulfilled") await started.value.stop()
    }
    throw error
  }
}

/** JetStream's interface answers once the servers have found each other and a leader. */
async function untilLeader(options: ConnectionOptions): Promise<void> {
  const connection = await connect(options)
  try {
    const end = Date.now() + READY_MS
    while (!await hasLeader(connection)) {
      if (Date.now() > end) throw new Error(`no leader was elected within ${READY_MS} ms`)
      await pause(PAUSE_MS)
    }
  } finally {
    await connection.close()
  }
}

async function hasLeader(connection: NatsConnection): Promise<boolean> {
  try {
    const answer = await connection.request("$JS.API.INFO", "", { timeout: 1_000 })
    return !answer.string().includes('"error"')
  } catch {
    return false
  }
}
