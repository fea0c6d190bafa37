/** An actor node of the benchmarks, as an application would run it. */
import process from "node:process"
import { type Host, natsJournal, natsSnapshots, startHost } from "leftfold/actors"
import { natsWire } from "leftfold/contracts"
import { account, plainAccount } from "./account.ts"
import { serveOrders } from "./worker.ts"

let stop = () => Promise.resolve()
let host: Host | undefined

const memory = () => {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return { bytes: heapUsed + external, residents: host?.residents() ?? 0 }
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  if (order.memory) return memory()
  const wire = await natsWire({ url: String(order.url), name: "bench node" })
  const running = startHost({
    actors: [order.plain ? plainAccount : account],
    wire,
    journal: natsJournal(wire),
    snapshots: natsSnapshots(wire),
    limits: order.limits as Record<string, number>,
  })
  host = running
  await wire.connection.flush()
  stop = async () => {
    await running.stop()
    await wire.close()
  }
  return { ready: true }
}, () => stop())
