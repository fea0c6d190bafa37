/** Three clustered nats-servers for a benchmark, each with `sync_interval: always`. */
import { ownCluster } from "../../testing/own-cluster.ts"

/** A cluster, and how to stop it. */
export interface Cluster {
  /** All servers, separated by commas. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts the cluster. */
export const startCluster = async (): Promise<Cluster> => {
  const afterwards: (() => Promise<void> | void)[] = []
  const cluster = await ownCluster({ after: (run) => void afterwards.push(run) }, {
    syncInterval: "always",
  })
  return {
    url: cluster.url,
    stop: async () => {
      for (const run of afterwards.reverse()) await run()
    },
  }
}
