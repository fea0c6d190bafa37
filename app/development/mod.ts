/** Development: an application as a cluster, with the servers that it needs, on one machine. */
export { type DevelopmentOptions, runCluster } from "./cluster/run-cluster.ts"
