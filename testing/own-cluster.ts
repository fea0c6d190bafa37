/** A cluster of three nats-servers for one test; it is stopped after the test. */
import {
  type ClusterOptions,
  type NatsCluster,
  startCluster,
} from "../app/development/nats/nats-cluster.ts"
import { makeTemporaryFolder, removeFolder, type TestScope } from "./temporary-folder.ts"

export type { NatsCluster }

/** Starts a cluster on free ports and empty folders. Throws if a server cannot start. */
export async function ownCluster(
  scope: TestScope,
  options: Omit<ClusterOptions, "ports"> = {},
): Promise<NatsCluster> {
  const folder = await makeTemporaryFolder()
  try {
    const cluster = await startCluster(folder, options)
    scope.after(async () => {
      await Promise.all(cluster.servers.map((server) => server.stop()))
      await removeFolder(folder)
    })
    return cluster
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}
