/** The HTTP case: a command through the gateway, next to a bare app that answers at once. */
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import type { LoadResult } from "./load.ts"
import type { Effort } from "./stand.ts"
import { median, type Row } from "./table.ts"
import { startWorker, type Worker } from "./worker.ts"

const IN_FLIGHT = 64

/** Measures both in turn. */
export const httpRow = async (url: string, effort: Effort): Promise<Row> => {
  const admin = await natsWire({ url, name: "bench http" })
  await provisionStreams(admin, ["bench"])
  await admin.close()
  const files = ["actor-node.ts", "http-node.ts", "http-node.ts", "http-caller.ts"]
  const workers = files.map((file) => startWorker(file))
  const [node, gateway, floor, caller] = workers as [Worker, Worker, Worker, Worker]
  try {
    await node.tell({ url, plain: true })
    const ours = await gateway.tell<{ url: string }>({ url })
    const bare = await floor.tell<{ url: string }>({ floor: true })
    const results: Record<"ours" | "floor", LoadResult[]> = { ours: [], floor: [] }
    const measure = (to: string, prefix: string) =>
      caller.tell<LoadResult>({ url: to, prefix, inFlight: IN_FLIGHT, ...effort })
    for (let round = 0; round < effort.rounds; round++) {
      results.floor.push(await measure(bare.url, `f${round}`))
      results.ours.push(await measure(ours.url, `o${round}`))
    }
    const rate = median(results.ours.map((each) => each.rate))
    const floorRate = median(results.floor.map((each) => each.rate))
    return {
      name: "HTTP command, 64 in flight",
      rate,
      p50Ms: median(results.ours.map((each) => each.p50Ms)),
      p99Ms: median(results.ours.map((each) => each.p99Ms)),
      floorRate,
      ratio: rate / floorRate,
      goal: "≥ 0.60 of the lower floor",
      note: "floor: the bare Hono app",
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}
