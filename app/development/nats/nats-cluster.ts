/** A cluster of three nats-servers on loopback, so that streams can have replicas. */
import { setTimeout as pause } from "node:timers/promises"
import { join } from "node:path"
import { connect, type ConnectionOptions, type NatsConnection } from "nats"
import { type NatsOptions, type NatsServer, startNats } from "./nats-server.ts"
import { freePort, loopback } from "../port.ts"

/** A running cluster. */
export interface NatsCluster {
  /** The addresses of all servers, separated by commas. */
  readonly url: string
  readonly servers: readonly NatsServer[]
}

/** The options of all servers of a cluster. */
export interface ClusterOptions
  extends Partial<Omit<NatsOptions, "port" | "dataFolder" | "monitorPort">> {
  /** Whether each server has monitoring pages. */
  readonly monitored?: boolean
  /** The port of each server; free ports by default. */
  readonly ports?: readonly number[]
  /**
   * The port that server `from` dials to reach the routes of server `to`, which listen on `port`.
   * By default it dials `port` itself. If this is given, servers do not advertise their addresses.
   */
  readonly between?: (from: number, to: number, port: number) => Promise<number>
  /** The user that asks whether a leader was elected; needed where not every user may ask. */
  readonly asker?: ConnectionOptions
}

/** The number of servers in a cluster. */
export const CLUSTER_SIZE = 3
const PAUSE_MS = 50
const READY_MS = 30_000

/**
 * Starts three servers, each in its own folder within `folder`, and waits until they have elected a
 * JetStream leader. When one cannot start, it stops the others and throws a `ServerError`.
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

/** Waits until JetStream's API answers, which shows that the servers have elected a leader. */
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
