/** An actor node of the benchmarks, as an application would run it. */
import process from "node:process"
import { type Host, type HostOptions, startHost } from "../../actors/host/host.ts"
import { natsJournal } from "../../actors/journal/journal-nats.ts"
import { natsSnapshots } from "../../actors/journal/snapshots-nats.ts"
import { startNode } from "../../actors/nodes/node.ts"
import { type NatsWire, natsWire } from "../../wire/nats/wire-nats.ts"
import { account, plainAccount } from "./account.ts"
import { knownNodesOf } from "./watched-nodes.ts"
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

/** A host alone, or a node in a group. A node is ready once it knows the whole group. */
const run = async (wire: NatsWire, options: HostOptions, nodes: number): Promise<Host> => {
  if (nodes === 0) return startHost(options)
  const { membership, knownNodes, untilThere } = await knownNodesOf(wire)
  const node = await startNode({ ...options, membership, knownNodes })
  await untilThere(nodes)
  return node
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  if (order.memory) return memory()
  const wire = await natsWire({ url: String(order.url), name: "bench node" })
  const options: HostOptions = {
    actors: [order.plain ? plainAccount : account],
    wire,
    journal: natsJournal(wire),
    snapshots: natsSnapshots(wire),
    limits: order.limits as Record<string, number>,
  }
  const running = await run(wire, options, Number(order.nodes ?? 0))
  host = running
  await wire.connection.flush()
  stop = async () => {
    await running.stop()
    await wire.close()
  }
  return { ready: true }
}, () => stop())
