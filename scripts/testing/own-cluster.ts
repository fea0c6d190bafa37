/** Three nats-servers of one's own that form a cluster, so that streams can have replicas. */
import { setTimeout as pause } from "node:timers/promises"
import { join } from "node:path"
import { connect, type NatsConnection } from "nats"
import { type NatsOptions, type NatsServer, startNats } from "../servers/nats-server.ts"
import { freePort, loopback } from "../servers/port.ts"
import { makeTemporaryFolder, removeFolder, type TestScope } from "./temporary-folder.ts"

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
}

const SIZE = 3
const PAUSE_MS = 50
const READY_MS = 30_000

/**
 * Starts three servers on free ports and empty folders, and waits until they have elected a leader
 * for JetStream. The options hold for each of them. Throws a `ServerError` when one cannot start.
 */
export async function ownCluster(
  scope: TestScope,
  { monitored = false, ...options }: ClusterOptions = {},
): Promise<NatsCluster> {
  const folder = await makeTemporaryFolder()
  const started: NatsServer[] = []
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()))
    await removeFolder(folder)
  }
  try {
    const routes = await Promise.all(Array.from({ length: SIZE }, freePort))
    const starting = routes.map(async (route, index) => {
      const name = `n${index + 1}`
      const cluster = {
        name: "own",
        listen: `${loopback}:${route}`,
        routes: routes.map((port) => `nats://${loopback}:${port}`),
      }
      const server = await startNats({
        ...options,
        port: await freePort(),
        ...monitored ? { monitorPort: await freePort() } : {},
        dataFolder: join(folder, name),
        config: { ...options.config, server_name: name, cluster },
      })
      started.push(server)
      return server
    })
    const servers = await Promise.all(starting)
    await Promise.all(servers.map(untilLeader))
    scope.after(stop)
    return { url: servers.map(({ url }) => url).join(), servers }
  } catch (error) {
    await stop()
    throw error
  }
}

/** JetStream's interface answers once the servers have found each other and a leader. */
async function untilLeader({ url }: NatsServer): Promise<void> {
  const connection = await connect({ servers: url })
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
