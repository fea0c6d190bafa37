/** A gateway of the benchmarks, and its floor: a bare app that answers at once. */
import process from "node:process"
import { Hono } from "hono"
import { createClient } from "../../wire/client/client.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import { createGateway } from "../../gateway/gateway.ts"
import { LiveQueries } from "../../gateway/live-queries.ts"
import { serveGateway } from "../../gateway/serve.ts"
import { Accounts } from "./account.ts"
import { serveOrders } from "./worker.ts"

let stop = () => Promise.resolve()

const gateway = async (url: string) => {
  const wire = await natsWire({ url, name: "bench gateway" })
  const client = createClient(wire)
  const app = createGateway({
    client,
    live: new LiveQueries({ client, wire }),
    contracts: [Accounts],
    projections: [],
    queries: [],
    connected: () => wire.connected(),
    readiness: () => Promise.resolve({ ready: true }),
  })
  return { app, close: wire.close }
}

const floor = () => {
  const app = new Hono()
  app.post("/:context/:actor/:id/:command", async (context) => {
    await context.req.json()
    return context.json({ position: "bench:1234", version: 1, events: 1 })
  })
  return { app, close: () => Promise.resolve() }
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  const { app, close } = order.floor ? floor() : await gateway(String(order.url))
  const serving = await serveGateway(app, { port: 0, host: "127.0.0.1" })
  stop = async () => {
    await serving.stop()
    await close()
  }
  return { url: serving.url }
}, () => stop())
