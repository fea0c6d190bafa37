/** The benchmark of the write side: every case next to its floor, in one run, in turn. */
import { freePort } from "../../app/development/port.ts"
import { type NatsServer, startNats } from "../../app/development/nats/nats-server.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { startCluster } from "./cluster.ts"
import { coldRows } from "./cold.ts"
import { httpRow } from "./http.ts"
import { boundRow, memoryRow } from "./memory.ts"
import { overloadRow } from "./overload.ts"
import { type Effort, type Load, makeStand } from "./stand.ts"
import type { Row } from "./table.ts"

/** What to run, and how long. */
export interface WriteOptions {
  readonly effort: Effort
  /** Lengths of the streams for cold loads. */
  readonly coldLengths: readonly number[]
  /** How many actors pass through one node in the case that measures its memory bound. */
  readonly passing: number
  /** Only cases whose name contains this. */
  readonly only?: string | undefined
  /** Called with each row as it is ready. */
  readonly report: (row: Row) => void
}

const load = (
  name: string,
  ids: number,
  inFlight: number,
  goal: string,
  rest: Partial<Load> = {},
): Load => ({ name, ids, inFlight, goal, rejections: 0, ...rest })

const LOADS: readonly Load[] = [
  load("new ids, 1 in flight", 0, 1, "p50 ≤ 1.25", { byTime: true }),
  load("new ids, 64 in flight", 0, 64, ""),
  load("new ids, 256 in flight", 0, 256, "≥ 0.80"),
  load("new ids, 1024 in flight", 0, 1_024, ""),
  load("1,000 ids, 256 in flight", 1_000, 256, "≥ 0.80"),
  load("hot actor, 256 in flight", 1, 256, "≥ 0.80"),
  load("hot actor, 1024 in flight", 1, 1_024, "≥ 0.80"),
  load("20 % rejections, 256 in flight", 1_000, 256, "≥ 0.70", { rejections: 20 }),
]

const CLUSTER_LOADS: readonly Load[] = [
  load("R3, sync always, new ids, 64 in flight", 0, 64, ""),
  load("R3, sync always, new ids, 256 in flight", 0, 256, "≥ 0.70"),
  load("R3, sync always, hot actor, 256 in flight", 1, 256, ""),
]

const withServer = async <T>(run: (server: NatsServer) => Promise<T>): Promise<T> => {
  const folder = await makeTemporaryFolder()
  const server = await startNats({ port: await freePort(), dataFolder: folder })
  try {
    return await run(server)
  } finally {
    await server.stop()
    await removeFolder(folder)
  }
}

const standRows = async (
  url: string,
  replicas: number,
  loads: readonly Load[],
  { effort, report }: WriteOptions,
): Promise<void> => {
  if (loads.length === 0) return
  const stand = await makeStand(url, replicas)
  try {
    for (const each of loads) report(await stand.compare(each, effort))
    const [first] = loads.filter(({ inFlight }) => inFlight === 256)
    if (first) report(await stand.cpuPerCommand(first, effort))
  } finally {
    await stand.stop()
  }
}

/** Runs the cases and reports each; everything it started is stopped when it ends. */
export const runWrite = async (options: WriteOptions): Promise<void> => {
  const { only = "", effort, coldLengths, passing, report } = options
  const chosen = (name: string) => name.includes(only)
  await withServer(({ url }) =>
    standRows(url, 1, LOADS.filter(({ name }) => chosen(name)), options)
  )
  if (chosen("HTTP")) await withServer(async ({ url }) => report(await httpRow(url, effort)))
  if (chosen("overload")) {
    await withServer(async ({ url }) => report(await overloadRow(url, effort)))
  }
  if (chosen("memory")) {
    await withServer(async ({ url }) => {
      report(await memoryRow(url))
      report(await boundRow(url, passing))
    })
  }
  if (chosen("cold")) {
    await withServer(async ({ url }) => (await coldRows(url, coldLengths)).forEach(report))
  }
  const clustered = CLUSTER_LOADS.filter(({ name }) => chosen(name))
  if (clustered.length === 0) return
  const cluster = await startCluster()
  try {
    await standRows(cluster.url, 3, clustered, options)
  } finally {
    await cluster.stop()
  }
}
