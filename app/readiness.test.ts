/** Tests of readiness when several processes share an application's contexts. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import type { Health } from "../wire/internal.ts"
import { createNamespace, type Namespace } from "../testing/namespace.ts"
import { library } from "./fixtures/library.ts"
import { App } from "./mod.ts"
import type { Role } from "./roles.ts"
import type { StartedApp } from "./start.ts"

const WORKING = ["actors", "projections", "policies"] as const

type Roles = readonly Role[]

const start = async (
  t: TestContext,
  namespace: Namespace,
  roles: Roles,
  contexts?: readonly string[],
): Promise<StartedApp> => {
  const app = await App.start(library, { ...namespace, port: 0, roles, contexts })
  t.after(() => app.stop())
  return app
}

type Report = Record<"actors" | "projections" | "policies", Health> & { readonly ready: boolean }

/** Asks until the answer has this status; resolves to the health of all roles. */
const untilReadyz = async (gateway: StartedApp, status: number): Promise<Report> => {
  let report: Report | undefined
  const isSo = async () => {
    const answer = await gateway.fetch("/readyz")
    const told = await answer.text()
    report = await gateway.health() as Report
    const known = JSON.stringify({ ready: answer.ok, status: answer.ok ? "ready" : "broken" })
    assert.equal(told, known, "without a token, no more is told")
    return answer.status === status && report.ready === answer.ok
  }
  await until(isSo).catch((cause) => {
    throw new Error(JSON.stringify(report), { cause })
  })
  return report!
}

test("a gateway is ready once every context is hosted, and names what is not", async (t) => {
  const namespace = await createNamespace()
  const gateway = await start(t, namespace, ["provision", "gateway"])
  const { actors } = await untilReadyz(gateway, 503)
  const everything = ["library.loan: no-responders", "letter-box.letter: no-responders"]
  const reason = "no-responders"
  assert.deepEqual(actors, { ready: false, reason, unserved: everything, status: "broken" })
  assert.equal((await gateway.fetch("/healthz")).status, 200, "the gateway itself is healthy")
  await start(t, namespace, WORKING, ["library"])
  const half = await untilReadyz(gateway, 503)
  assert.deepEqual(half.actors.unserved, ["letter-box.letter: no-responders"])
  assert.deepEqual(half.projections.unserved, ["letter-box.letter-list: no-responders"])
  assert.deepEqual(half.policies.unserved, ["letter-box.reminders: no-responders"])
  await start(t, namespace, WORKING, ["letter-box"])
  const { projections } = await untilReadyz(gateway, 200)
  const names = (projections.projections as { readonly name: string }[]).map(({ name }) => name)
  assert.deepEqual(names, ["library.loan-list", "letter-box.letter-list"])
})

test("a gateway is unhealthy while NATS is lost", async (t) => {
  const { fetch, wire, stop } = await App.inMemory(library)
  t.after(stop)
  const status = async () => (await fetch("/healthz")).status
  assert.equal(await status(), 200)
  wire.interrupt()
  assert.equal(await status(), 503)
  wire.resume()
  assert.equal(await status(), 200)
})

test("500 requests for readiness at once cost one question to each role", async (t) => {
  const { fetch, wire, health, stop } = await App.inMemory(library)
  t.after(stop)
  await health()
  const request = wire.request.bind(wire)
  const asked: string[] = []
  Object.assign(wire, {
    request: (...given: Parameters<typeof request>) => {
      asked.push(given[0])
      request(...given)
    },
  })
  const answers = await Promise.all(Array.from({ length: 500 }, () => fetch("/readyz")))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.ok(asked.length > 0)
  assert.deepEqual(asked, [...new Set(asked)], "no role is asked twice")
})
