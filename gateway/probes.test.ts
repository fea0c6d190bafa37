/** Tests of the probes: strangers learn one word, and who has the token learns all. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Hono } from "hono"
import { addReadiness, createProbes } from "./probes.ts"

const REPORT = { ready: false, actors: { ready: false, node: "n-1" } }
const TOKEN = "the-token-of-the-operators"

const READY = [200, { ready: true, status: "ready" }]
const BROKEN = [503, { ready: false, status: "broken" }]

const gateway = (ready: boolean, healthToken?: string, degraded?: true): Hono => {
  const app = new Hono()
  const report = { ...REPORT, ready, ...(degraded && { degraded }) }
  const readiness = () => Promise.resolve(report)
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
    assert.deepEqual(await told(gateway(true, TOKEN), "/readyz", guess), READY)
    assert.deepEqual(await told(gateway(false, TOKEN), "/readyz", guess), BROKEN)
  }
})

test("who has the token is told how all roles are", async () => {
  const answer = await told(gateway(false, TOKEN), "/readyz", `Bearer ${TOKEN}`)
  assert.deepEqual(answer, [503, { ...REPORT, status: "broken" }])
})

test("what is degraded is not ready, and no failure", async () => {
  const app = gateway(false, TOKEN, true)
  const degraded = { ready: false, status: "degraded" }
  assert.deepEqual(await told(app, "/readyz"), [200, degraded])
  const whole = await told(app, "/readyz", `Bearer ${TOKEN}`)
  assert.deepEqual(whole, [200, { ...REPORT, ...degraded }])
  const stopping = new Hono()
  const readiness = () => Promise.resolve({ ready: false, degraded: true } as const)
  addReadiness(stopping, { connected: () => true, readiness, stopping: () => true })
  assert.deepEqual(await told(stopping, "/readyz"), BROKEN)
})

test("without a token in the configuration nobody is told how all roles are", async () => {
  for (const guess of ["Bearer undefined", "Bearer ", `Bearer ${TOKEN}`]) {
    assert.deepEqual(await told(gateway(false), "/readyz", guess), BROKEN)
  }
})

test("a process that has lost what it needs is alive, and of no use", async () => {
  const app = createProbes({ connected: () => false })
  assert.deepEqual(await told(app, "/livez"), [200, { live: true }])
  assert.deepEqual(await told(app, "/healthz"), [503, { ready: false }])
  assert.deepEqual(await told(gateway(false), "/livez"), [200, { live: true }])
  assert.equal((await app.request("/readyz")).status, 404)
})

test("all who ask meanwhile share one look; who asks later has another", async () => {
  const asked: ((report: { readonly ready: boolean }) => void)[] = []
  const app = new Hono()
  const readiness = () => new Promise<{ readonly ready: boolean }>((resolve) => asked.push(resolve))
  addReadiness(app, { connected: () => true, readiness })
  const many = Array.from({ length: 50 }, () => told(app, "/readyz"))
  assert.equal(asked.length, 1)
  asked[0]?.({ ready: true })
  for (const answer of await Promise.all(many)) assert.deepEqual(answer, READY)
  const later = told(app, "/readyz")
  assert.equal(asked.length, 2)
  asked[1]?.({ ready: false })
  assert.deepEqual(await later, BROKEN)
})

test("after a look that failed the roles are looked at again", async () => {
  const looks = [Promise.reject(new Error("no")), Promise.resolve({ ready: true })]
  const app = new Hono()
  app.onError((_, context) => context.body(null, 500))
  addReadiness(app, { connected: () => true, readiness: () => looks.shift()! })
  assert.equal((await app.request("/readyz")).status, 500)
  assert.equal((await app.request("/readyz")).status, 200)
})

test("metrics are for the network of operators, and for who has the token", async () => {
  const metrics = () => Promise.resolve("leftfold_x 1\n")
  const probes = createProbes({ connected: () => true, metrics })
  const answer = await probes.request("/metrics")
  assert.equal(await answer.text(), "leftfold_x 1\n")
  assert.equal(answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
  const readiness = () => Promise.resolve({ ready: true })
  for (const healthToken of [undefined, TOKEN]) {
    const app = new Hono()
    addReadiness(app, { connected: () => true, readiness, healthToken, metrics })
    const statusFor = async (Authorization: string) =>
      (await app.request("/metrics", { headers: { Authorization } })).status
    assert.equal((await app.request("/metrics")).status, 404)
    assert.equal(await statusFor(`Bearer ${TOKEN}x`), 404)
    assert.equal(await statusFor(`Bearer ${TOKEN}`), healthToken === undefined ? 404 : 200)
  }
  const developed = new Hono()
  addReadiness(developed, { connected: () => true, readiness, metrics, openMetrics: true })
  assert.equal((await developed.request("/metrics")).status, 200)
})

test("nothing keeps the answer of a probe", async () => {
  for (const path of ["/livez", "/healthz", "/readyz"]) {
    const { headers } = await gateway(true).request(path)
    assert.equal(headers.get("Cache-Control"), "no-store")
  }
})
