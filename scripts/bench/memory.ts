/** The memory that an idle actor takes in addition to its state. */
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import type { LoadResult } from "./load.ts"
import type { Row } from "./table.ts"
import { startWorker, type Worker } from "./worker.ts"

const LIMITS = { residentActors: 1_000_000, residentBytes: 2 ** 40, idleMs: 3_600_000 }
const BOUND = 50_000
const EFFORT = { warmUpMs: 0, measureMs: 6_000 }

/**
 * Sends commands to a million actors through one node that holds 50,000, and measures its memory.
 */
export const boundRow = async (url: string, actors: number): Promise<Row> => {
  const node = startWorker("actor-node.ts", ["--expose-gc"])
  const caller = startWorker("caller.ts")
  try {
    await node.tell({ url, plain: true, limits: { ...LIMITS, residentActors: BOUND } })
    const load = { url, mode: "ours", ids: 0, inFlight: 256, rejections: 0, warmUpMs: 0 }
    let passed = 0
    for (let part = 0; passed < actors; part++) {
      const order = { ...load, prefix: `bound${part}`, measureMs: 5_000 }
      passed += (await caller.tell<LoadResult>(order)).operations
    }
    const { bytes, residents } = await node.tell<{ bytes: number; residents: number }>({
      memory: true,
    })
    const megabytes = (bytes / 1_048_576).toFixed(0)
    return {
      name: "memory, many actors through one node",
      goal: `≤ ${BOUND.toLocaleString("en")} resident`,
      note: `${passed.toLocaleString("en")} passed, ${residents} resident, heap ${megabytes} MiB`,
    }
  } finally {
    await Promise.all([node, caller].map((worker) => worker.stop()))
  }
}

/** Wakes many actors in one node, and divides the growth of its heap by their number. */
export const memoryRow = async (url: string): Promise<Row> => {
  const admin = await natsWire({ url, name: "bench memory" })
  await provisionStreams(admin, ["bench"])
  await admin.close()
  const node = startWorker("actor-node.ts", ["--expose-gc"])
  const caller = startWorker("caller.ts")
  const workers: Worker[] = [node, caller]
  try {
    await node.tell({ url, plain: true, limits: LIMITS })
    const load = { url, mode: "ours", ids: 0, inFlight: 256, rejections: 0, ...EFFORT }
    await caller.tell({ ...load, measureMs: 500, prefix: "warm" })
    const before = await node.tell<{ bytes: number; residents: number }>({ memory: true })
    await caller.tell<LoadResult>({ ...load, prefix: "idle" })
    const after = await node.tell<{ bytes: number; residents: number }>({ memory: true })
    const actors = after.residents - before.residents
    const bytes = (after.bytes - before.bytes) / actors
    return {
      name: "memory per idle actor, 1 command each",
      goal: "≤ 1 KiB + 32 B",
      note: `${bytes.toFixed(0)} bytes, over ${actors} actors`,
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}
