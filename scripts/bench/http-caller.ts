/** A caller over HTTP: posts deposits through keep-alive connections. */
import { Agent, request } from "node:http"
import process from "node:process"
import { REFERENCE } from "./account.ts"
import { type Operation, runLoad } from "./load.ts"
import { serveOrders } from "./worker.ts"

const post = (url: string, agent: Agent, id: string, done: (status: number) => void) => {
  const body = JSON.stringify({ amount: 1, reference: REFERENCE })
  const headers = { "Content-Type": "application/json", "Content-Length": body.length }
  const sent = request(`${url}/bench/account/${id}/Deposit`, { agent, method: "POST", headers })
  sent.on("response", (response) => {
    response.resume()
    response.on("end", () => done(response.statusCode ?? 0))
  })
  sent.on("error", () => done(0))
  sent.end(body)
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  const inFlight = Number(order.inFlight)
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  let failures = 0
  const operation: Operation = (number, done) =>
    post(String(order.url), agent, `${order.prefix}-${number}`, (status) => {
      if (status !== 200) failures++
      done()
    })
  const result = await runLoad(operation, inFlight, {
    warmUpMs: Number(order.warmUpMs),
    measureMs: Number(order.measureMs),
  })
  agent.destroy()
  return { ...result, failures }
}, () => Promise.resolve())
