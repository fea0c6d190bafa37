/** Tests of the status of roles: what is wrong with a view or a policy, and how wrong. */
import assert from "node:assert/strict"
import type { RunningPolicies } from "../actors/internal.ts"
import type { ProjectionHealth } from "../projections/internal.ts"
import { test } from "../testing/test.ts"
import { READINESS } from "./limits.ts"
import { policiesStatus, viewStatus } from "./role-status.ts"

const VIEW = { name: "orders.list", positions: {}, ready: true, caughtUp: true }

const BUILDING = {
  ...{ generation: 2, version: "2", state: "building" as const, positions: {}, lag: 9 },
  ...{ parkedKeys: 0, parkedEvents: 0 },
}

test("a view is degraded by what leaves its rows readable, and broken by what does not", () => {
  const statusBy = (more: Partial<ProjectionHealth>) => viewStatus({ ...VIEW, ...more })
  const degrading: Partial<ProjectionHealth>[] = [
    { parkedKeys: 1 },
    { unreadable: 1 },
    { failure: "the new generation cannot be folded" },
    { refused: "version 2 was rolled back from" },
    { lag: 5, lagMs: READINESS.lateMs },
    { building: { ...BUILDING, parkedKeys: 1 } },
  ]
  for (const each of degrading) {
    assert.equal(statusBy(each), "degraded", JSON.stringify(each))
    assert.equal(statusBy({ ...each, ready: false }), "broken")
  }
  for (const each of [{}, { building: BUILDING }, { lag: 5, lagMs: READINESS.lateMs - 1 }]) {
    assert.equal(statusBy(each), "ready", JSON.stringify(each))
  }
})

test("policies are degraded by what they gave up or run slowly, and broken by what waits", () => {
  const count = (all: readonly string[]) => ({ count: all.length, named: all })
  const statusBy = (what: string) => {
    const named = (each: string) => each === what ? ["mail.sending at mail:1"] : []
    return policiesStatus({
      ...{ stuck: () => named("stuck"), waiting: () => named("waiting") },
      ...{ slow: () => named("slow"), parked: () => count(named("parked")) },
      unreadable: () => count(named("unreadable")),
    } as Partial<RunningPolicies> as RunningPolicies)
  }
  const states = ["nothing", "slow", "parked", "unreadable", "stuck", "waiting"].map(statusBy)
  const degraded = "degraded"
  assert.deepEqual(states, ["ready", degraded, degraded, degraded, "broken", "broken"])
})
