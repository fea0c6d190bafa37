/** Tests of the end of a gateway: what is in flight is finished, or answered 503. */
import assert from "node:assert/strict"
import { Hono } from "hono"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { InFlight } from "./in-flight.ts"
import { addReadiness } from "./probes.ts"

const opened = () => {
  const inFlight = new InFlight()
  const app = new Hono()
  app.use(inFlight.counted)
  addReadiness(app, {
    connected: () => true,
    readiness: () => Promise.resolve({ ready: true }),
    stopping: () => inFlight.stopping,
  })
  const waiting: (() => void)[] = []
  app.get("/slow", async (context) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return context.text("done")
  })
  const answer = () => waiting.forEach((resolve) => resolve())
  return { app, inFlight, answer }
}

test("once it is about to stop it says so, and answers what it is asked all the same", async () => {
  const { app, inFlight, answer } = opened()
  assert.equal((await app.request("/healthz")).status, 200)
  inFlight.stop()
  for (const path of ["/healthz", "/readyz"]) {
    const response = await app.request(path)
    const { ready } = await response.json() as { readonly ready: boolean }
    assert.deepEqual([response.status, ready], [503, false], path)
  }
  assert.equal((await app.request("/livez")).status, 200)
  const slow = app.request("/slow")
  await until(() => inFlight.size === 1)
  const finished = inFlight.finish(60_000)
  answer()
  const response = await slow
  assert.deepEqual([response.status, response.headers.get("Connection")], [200, "close"])
  await finished
})

test("what takes longer than it may is answered 503, and what comes after as well", async () => {
  const { app, inFlight, answer } = opened()
  const slow = app.request("/slow")
  await until(() => inFlight.size === 1)
  await inFlight.finish(1)
  for (const response of [await slow, await app.request("/slow")]) {
    const { headers } = response
    assert.equal(response.status, 503)
    assert.deepEqual([headers.get("Connection"), headers.get("Retry-After")], ["close", "1"])
    assert.equal((await response.json() as { title: string }).title, "Unavailable")
  }
  answer()
  await until(() => inFlight.size === 0)
})
