/** Overload: three times as many callers as a node accepts, which retry when they are told to. */
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import type { LoadResult } from "./load.ts"
import type { Effort } from "./stand.ts"
import { median, type Row } from "./table.ts"
import { startWorker } from "./worker.ts"

const LIMIT = 1_024
const TIMES = 3

interface Loaded extends LoadResult {
  readonly refused: number
  readonly acceptedP99Ms: number
}

/** Compares the accepted rate under overload with the rate at the limit. */
export const overloadRow = async (url: string, effort: Effort): Promise<Row> => {
  const admin = await natsWire({ url, name: "bench overload" })
  await provisionStreams(admin, ["bench"])
  await admin.close()
  const node = startWorker("actor-node.ts")
  const caller = startWorker("caller.ts")
  try {
    await node.tell({ url, plain: true, limits: { commandsInFlight: LIMIT } })
    const load = { url, mode: "ours", ids: 1_000, rejections: 0, overload: true, ...effort }
    const [full, over]: [Loaded[], Loaded[]] = [[], []]
    for (let round = 0; round < effort.rounds; round++) {
      const prefix = `over${round}`
      full.push(await caller.tell<Loaded>({ ...load, prefix, inFlight: LIMIT }))
      over.push(await caller.tell<Loaded>({ ...load, prefix, inFlight: LIMIT * TIMES }))
    }
    const [rate, atLimit] = [over, full].map((all) => median(all.map((each) => each.rate)))
    const refused = median(over.map((each) => each.refused))
    const fullP99 = median(full.map((each) => each.acceptedP99Ms)).toFixed(0)
    return {
      name: "3 × overload, accepted commands",
      rate: rate ?? 0,
      p99Ms: median(over.map((each) => each.acceptedP99Ms)),
      floorRate: atLimit ?? 0,
      ratio: (rate ?? 0) / (atLimit ?? 1),
      goal: "≥ 0.80",
      note: `floor: at the limit, p99 ${fullP99} ms; ${refused} refused`,
    }
  } finally {
    await Promise.all([node, caller].map((worker) => worker.stop()))
  }
}
