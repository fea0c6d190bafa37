/** A stand for a benchmark: a server, our node and the floor's, and a caller for each. */
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import type { LoadResult } from "./load.ts"
import { measureSizes, type Sizes } from "./sizes.ts"
import { median, type Row } from "./table.ts"
import { startWorker, type Worker } from "./worker.ts"

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** A load: how many ids (0: a new one each time), how many in flight, how many of 100 rejected. */
export interface Load {
  readonly name: string
  readonly ids: number
  readonly inFlight: number
  readonly rejections: number
  readonly goal: string
  /** Compares median times and not rates. */
  readonly byTime?: boolean
}

/** The result of one side of a comparison. */
interface Measured extends LoadResult {
  readonly failures: number
}

interface Cpu {
  readonly user: number
  readonly system: number
}

/** Processes that work against one server. */
export interface Stand {
  readonly sizes: Sizes
  /** Runs a load on both sides in turn, and returns the medians. */
  readonly compare: (load: Load, effort: Effort) => Promise<Row>
  /** Processor time of the node and of the caller for each command, in microseconds. */
  readonly cpuPerCommand: (load: Load, effort: Effort) => Promise<Row>
  readonly stop: () => Promise<void>
}

/** The processor time that a worker has taken so far, in microseconds. */
export const cpuOf = async (worker: Worker): Promise<number> => {
  const { user, system } = await worker.tell<Cpu>({ cpu: true })
  return user + system
}

/** The processor time that these processes take per operation of a run, in microseconds. */
const cpuOfRun = async (
  [node, caller]: readonly [Worker, Worker],
  run: () => Promise<Measured>,
): Promise<{ rate: number; text: string }> => {
  const before = [await cpuOf(node), await cpuOf(caller)] as const
  const { operations, rate } = await run()
  const after = [await cpuOf(node), await cpuOf(caller)] as const
  const each = ([0, 1] as const).map((index) => (after[index] - before[index]) / operations)
  return { rate, text: `node ${each[0]?.toFixed(1)} µs, caller ${each[1]?.toFixed(1)} µs` }
}

const middle = (all: readonly Measured[]): Measured => ({
  rate: median(all.map(({ rate }) => rate)),
  p50Ms: median(all.map(({ p50Ms }) => p50Ms)),
  p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
  operations: 0,
  failures: all.reduce((sum, { failures }) => sum + failures, 0),
})

/** Starts the processes of a stand; `limits` are those of our node's host. */
export const makeStand = async (
  url: string,
  replicas: number,
  limits: Record<string, number> = {},
): Promise<Stand> => {
  const admin = await natsWire({ url, name: "bench stand" })
  await provisionStreams(admin, ["bench"], { replicas })
  await admin.close()
  const files = ["actor-node.ts", "raw-node.ts", "caller.ts", "caller.ts"]
  const workers = files.map((file) => startWorker(file))
  const [node, rawNode, caller, rawCaller] = workers as [Worker, Worker, Worker, Worker]
  await node.tell({ url, plain: true, limits })
  const sizes = await measureSizes(url)
  await rawNode.tell({ url, sizes })
  let run = 0

  const measure = (mode: "ours" | "raw", load: Load, effort: Effort) =>
    (mode === "ours" ? caller : rawCaller).tell<Measured>({
      ...load,
      ...effort,
      ...sizes,
      url,
      mode,
      prefix: `${mode}${run++}`,
    })

  const compare: Stand["compare"] = async (load, effort) => {
    const [floors, mine]: [Measured[], Measured[]] = [[], []]
    for (let round = 0; round < effort.rounds; round++) {
      floors.push(await measure("raw", load, effort))
      mine.push(await measure("ours", load, effort))
    }
    const [floor, ours] = [middle(floors), middle(mine)]
    const { name, goal, byTime } = load
    const failed = ours.failures > 0 ? `${ours.failures} failed` : ""
    const times = byTime ? `floor p50 ${floor.p50Ms.toFixed(2)} ms` : ""
    return {
      name,
      rate: ours.rate,
      p50Ms: ours.p50Ms,
      p99Ms: ours.p99Ms,
      floorRate: floor.rate,
      ratio: byTime ? ours.p50Ms / floor.p50Ms : ours.rate / floor.rate,
      goal,
      note: [times, failed].filter(Boolean).join(", "),
    }
  }

  const cpuPerCommand: Stand["cpuPerCommand"] = async (load, effort) => {
    const floor = await cpuOfRun([rawNode, rawCaller], () => measure("raw", load, effort))
    const ours = await cpuOfRun([node, caller], () => measure("ours", load, effort))
    const note = `CPU: ${ours.text}; floor: ${floor.text}`
    return { name: `CPU per command, ${load.name}`, rate: ours.rate, note }
  }

  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
  return { sizes, compare, cpuPerCommand, stop }
}
