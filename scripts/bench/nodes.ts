/** The benchmark of nodes: what a command costs on three nodes, next to one node alone. */
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import { type NatsServer, startNats } from "../../app/development/nats/nats-server.ts"
import { freePort } from "../../app/development/port.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import type { LoadResult } from "./load.ts"
import { cpuOf, type Effort } from "./stand.ts"
import { median, type Row } from "./table.ts"
import { startWorker, type Worker } from "./worker.ts"

/** What to run, and for how long. */
export interface NodesOptions {
  readonly effort: Effort
  /** Called with each row as it is ready. */
  readonly report: (row: Row) => void
}

/** Running nodes. */
export interface Nodes {
  readonly url: string
  readonly workers: readonly Worker[]
  readonly stop: () => Promise<void>
}

interface Case {
  readonly name: string
  readonly nodes: Nodes
  readonly caller: Worker
  /** Whether the caller knows the owners; otherwise two of three commands are relayed. */
  readonly routed: boolean
  readonly inFlight: number
  readonly goal: string
}

/** Processor time for each command, in microseconds, as well as what the caller measured. */
interface Measured extends LoadResult {
  readonly failures: number
  readonly nodeMicros: number
  readonly callerMicros: number
}

const LOAD = { mode: "ours", ids: 1_000, rejections: 0 }
const IN_FLIGHT = [256, 1_024]

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

const startServer = async (): Promise<NatsServer & { readonly remove: () => Promise<void> }> => {
  const dataFolder = await makeTemporaryFolder()
  const server = await startNats({ port: await freePort(), dataFolder })
  return { ...server, remove: () => server.stop().then(() => removeFolder(dataFolder)) }
}

/** Starts `count` nodes on a server of their own, each of which knows all others. */
export const startNodes = async (count: number): Promise<Nodes> => {
  const { url, remove } = await startServer()
  const admin = await natsWire({ url, name: "bench nodes" })
  await provisionStreams(admin, ["bench"])
  await admin.close()
  const workers = Array.from({ length: count }, () => startWorker("actor-node.ts"))
  await Promise.all(workers.map((worker) => worker.tell({ url, plain: true, nodes: count })))
  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await remove()
  }
  return { url, workers, stop }
}

const cpuOfAll = async (workers: readonly Worker[]): Promise<number> =>
  sum(await Promise.all(workers.map(cpuOf)))

let runs = 0

const measure = async (
  { nodes, caller, routed, inFlight }: Case,
  effort: Effort,
): Promise<Measured> => {
  const { url, workers } = nodes
  const before = [await cpuOfAll(workers), await cpuOf(caller)] as const
  const prefix = `nodes${runs++}`
  const order = { ...LOAD, ...effort, inFlight, url, prefix, nodes: routed ? workers.length : 0 }
  const result = await caller.tell<Omit<Measured, "nodeMicros" | "callerMicros">>(order)
  const after = [await cpuOfAll(workers), await cpuOf(caller)] as const
  const [nodeMicros = 0, callerMicros = 0] = ([0, 1] as const).map((index) =>
    (after[index] - before[index]) / result.operations
  )
  return { ...result, nodeMicros, callerMicros }
}

const rowOf = ({ name, goal }: Case, all: readonly Measured[], alone: number): Row => {
  const middle = (of: (one: Measured) => number) => median(all.map(of))
  const nodeMicros = middle((one) => one.nodeMicros)
  const failed = sum(all.map(({ failures }) => failures))
  const callerMicros = middle((one) => one.callerMicros)
  return {
    name,
    rate: middle(({ rate }) => rate),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    ratio: nodeMicros / alone,
    goal,
    note: [
      `CPU per command: nodes ${nodeMicros.toFixed(1)} µs, caller ${callerMicros.toFixed(1)} µs`,
      failed > 0 ? `${failed} failed` : "",
    ].filter(Boolean).join("; "),
  }
}

const sides = ([one, three]: readonly [Nodes, Nodes]) => [
  { name: "1 node", nodes: one, routed: true, goal: "" },
  { name: "3 nodes, sent to the owner", nodes: three, routed: true, goal: "≤ 1.15" },
  { name: "3 nodes, sent to any and relayed", nodes: three, routed: false, goal: "≤ 1.15" },
]

/** Runs the cases in turn. The ratio is the nodes' processor time divided by that of one node. */
export const runNodes = async ({ effort, report }: NodesOptions): Promise<void> => {
  const started = await Promise.all([startNodes(1), startNodes(3)])
  const callers = sides(started).map((side) => ({ ...side, caller: startWorker("caller.ts") }))
  try {
    for (const inFlight of IN_FLIGHT) {
      const cases = callers.map((side) => ({
        ...side,
        inFlight,
        name: `${side.name}, ${inFlight.toLocaleString("en")} in flight`,
        all: [] as Measured[],
      }))
      for (let round = 0; round < effort.rounds; round++) {
        for (const each of cases) each.all.push(await measure(each, effort))
      }
      const alone = median(cases[0]!.all.map(({ nodeMicros }) => nodeMicros))
      for (const each of cases) report(rowOf(each, each.all, alone))
    }
  } finally {
    await Promise.all(callers.map(({ caller }) => caller.stop()))
    await Promise.all(started.map(({ stop }) => stop()))
  }
}
