/** The contenders: each peer on a Postgres, and ours in three profiles of durability. */
import process from "node:process"
import { provisionStreams } from "../../../app/internal.ts"
import { natsWire } from "../../../wire/internal.ts"
import { ownNats, ownPostgres } from "../../../testing/own-servers.ts"
import type { TestScope } from "../../../testing/temporary-folder.ts"
import { startWorker, type Worker } from "../worker.ts"
import type { DepositOrder, Measured } from "./deposits.ts"
import { ownCluster } from "../../../testing/own-cluster.ts"

/** Carries out orders, one after another. */
export type Deposits = (order: DepositOrder) => Promise<Measured>

/** A system that takes deposits. */
export interface Contender {
  readonly name: string
  /** What is on disk before a command is answered. */
  readonly durability: string
  /** The peer that it is; undefined for ours. */
  readonly peer?: "emmett" | "castore"
  /** Starts it on empty servers of its own, which are stopped when the scope ends. */
  readonly start: (scope: TestScope) => Promise<Deposits>
}

const isRunning = ({ pid }: Worker): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const workerIn = (scope: TestScope, file: string): Worker => {
  const worker = startWorker(file)
  // Ctrl-C in a terminal also ends workers, and a worker that has ended cannot be stopped.
  scope.after(async () => {
    if (isRunning(worker)) await worker.stop()
  })
  return worker
}

const depositsOf = async (worker: Worker, url: string): Promise<Deposits> => {
  await worker.tell({ url })
  return (order) => worker.tell<Measured>(order)
}

const onPostgres = (file: string): Contender["start"] => async (scope) => {
  const { url } = await ownPostgres(scope)
  return await depositsOf(workerIn(scope, file), url)
}

const onNats = (
  replicas: number,
  start: (scope: TestScope) => Promise<{ readonly url: string }>,
): Contender["start"] =>
async (scope) => {
  const { url } = await start(scope)
  const admin = await natsWire({ url, name: "bench" })
  await provisionStreams(admin, ["bench"], { replicas })
  await admin.close()
  await workerIn(scope, "actor-node.ts").tell({ url, plain: true })
  return await depositsOf(workerIn(scope, "peers/leftfold.ts"), url)
}

const syncInterval = "always"

/** All of them. */
export const CONTENDERS: readonly Contender[] = [
  {
    name: "emmett 0.42 + emmett-postgresql",
    durability: "Postgres, each commit synced",
    peer: "emmett",
    start: onPostgres("peers/emmett.ts"),
  },
  {
    name: "castore 2.4 + Postgres adapter",
    durability: "Postgres, each commit synced",
    peer: "castore",
    start: onPostgres("peers/castore.ts"),
  },
  {
    name: "Leftfold, JetStream's default",
    durability: "1 server, synced every 2 minutes",
    start: onNats(1, (scope) => ownNats(scope)),
  },
  {
    name: "Leftfold, sync always",
    durability: "1 server, each commit synced",
    start: onNats(1, (scope) => ownNats(scope, { syncInterval })),
  },
  {
    name: "Leftfold, R3, sync always",
    durability: "3 servers, each commit synced on a majority",
    start: onNats(3, (scope) => ownCluster(scope, { syncInterval })),
  },
]
