/** A projection worker of the benchmarks, with or without a query server in the same process. */
import process from "node:process"
import { natsWire } from "../../../wire/nats/wire-nats.ts"
import { natsFeed } from "../../../projections/log/feed-nats.ts"
import { postgresStore } from "../../../projections/postgres/store-postgres.ts"
import { type RunningProjections, startProjections } from "../../../projections/worker/runner.ts"
import { startQueries } from "../../../projections/queries/query-server.ts"
import { serveOrders } from "../worker.ts"
import { Balances } from "./balances.ts"

const LOOK_MS = 5

let running: RunningProjections | undefined
let stop = () => Promise.resolve()
let mostRss = 0

const start = async ({ natsUrl, databaseUrl, folds, answers }: Record<string, unknown>) => {
  const wire = await natsWire({ url: String(natsUrl), name: "bench read" })
  const store = postgresStore(String(databaseUrl))
  const projections = [Balances]
  // Making the table is not part of the measurement.
  if (folds) await store.claim(Balances)
  const parts = { projections, feed: natsFeed(wire), store, wire }
  if (folds) running = startProjections(parts)
  const queries = answers ? startQueries({ ...parts, queries: [] }) : undefined
  await wire.connection.flush()
  stop = async () => {
    queries?.close()
    await running?.stop()
    await store.close()
    await wire.close()
    running = undefined
  }
}

/** How long it takes until this many messages are folded. */
const untilFolded = async (messages: number): Promise<number> => {
  const started = performance.now()
  for (;;) {
    const [health] = running?.health() ?? []
    mostRss = Math.max(mostRss, process.memoryUsage.rss())
    if ((health?.positions.bench ?? 0) >= messages) return performance.now() - started
    if (health?.failure !== undefined) throw new Error(health.failure)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  if (order.rss) return { rss: process.memoryUsage.rss() }
  if (order.stop) {
    await stop()
    return { stopped: true }
  }
  await start(order)
  return order.until ? { tookMs: await untilFolded(Number(order.until)), mostRss } : { ready: true }
}, () => stop())
