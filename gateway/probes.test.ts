/** Tests of the probes: strangers learn one bit, and who has the token learns all. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Hono } from "hono"
import { addReadiness, createProbes } from "./probes.ts"

const REPORT = { ready: false, actors: { ready: false, node: "n-1" } }
const TOKEN = "the-token-of-the-operators"

const gateway = (ready: boolean, healthToken?: string): Hono => {
  const app = new Hono()
  const readiness = () => Promise.resolve({ ...REPORT, ready })
  addReadiness(app, { connected: () => ready, readiness, healthToken })
  return app
}

const told = async (app: Hono, path: string, authorization?: string) => {
  const headers = new Headers(authorization === undefined ? [] : [["Authorization", authorization]])
  const answer = await app.request(path, { headers })
  return [answer.status, await answer.json()]
}

test("a stranger is told whether all is ready, and no more", async () => {
  const guesses = [undefined, "", "Bearer", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN, "Bearer "]
  for (const guess of guesses) {
    assert.deepEqual(await told(gateway(true, TOKEN), "/readyz", guess), [200, { ready: true }])
    assert.deepEqual(await told(gateway(false, TOKEN), "/readyz", guess), [503, { ready: false }])
  }
})

test("who has the token is told how all roles are", async () => {
  const answer = await told(gateway(false, TOKEN), "/readyz", `Bearer ${TOKEN}`)
  assert.deepEqual(answer, [503, REPORT])
})

test("without a token in the configuration nobody is told how all roles are", async () => {
  for (const guess of ["Bearer undefined", "Bearer ", `Bearer ${TOKEN}`]) {
    assert.deepEqual(await told(gateway(false), "/readyz", guess), [503, { ready: false }])
  }
})

test("a process that has lost what it needs is alive, and of no use", async () => {
  const app = createProbes({ connected: () => false })
  assert.deepEqual(await told(app, "/livez"), [200, { live: true }])
  assert.deepEqual(await told(app, "/healthz"), [503, { ready: false }])
  assert.deepEqual(await told(gateway(false), "/livez"), [200, { live: true }])
  assert.equal((await app.request("/readyz")).status, 404)
})

test("nothing keeps the answer of a probe", async () => {
  for (const path of ["/livez", "/healthz", "/readyz"]) {
    const { headers } = await gateway(true).request(path)
    assert.equal(headers.get("Cache-Control"), "no-store")
  }
})
