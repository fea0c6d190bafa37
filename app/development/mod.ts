/** Development: an application with the servers it needs, on one machine. */
export { runCluster } from "./cluster/run-cluster.ts"
export { type DevelopmentOptions, runDevelopment } from "./run-development.ts"
