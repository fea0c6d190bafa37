/** Tests of plans: drawn from a seed, hurting everything, and never more than can be borne. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { MEMBERSHIP } from "../../../actors/internal.ts"
import { type Planned, planOf, TARGETS } from "./plan.ts"

const seeds = Array.from({ length: 200 }, (_, seed) => seed)
const plans = (seconds: number): Planned[][] => seeds.map((seed) => planOf({ seed, seconds }))

test("the same seed gives the same plan, and another one another", () => {
  const [one, same, other] = [7, 7, 8].map((seed) => planOf({ seed, seconds: 120 }))
  assert.deepEqual(one, same)
  assert.notDeepEqual(one, other)
})

test("everything is hurt, in every way, within a long run", () => {
  for (const plan of plans(120)) {
    assert.deepEqual(new Set(plan.map(({ target }) => target)), new Set(TARGETS))
    assert.ok(plan.length >= 15, `${plan.length} faults`)
  }
  const kinds = new Set(plans(120).flat().map(({ target, deed }) => `${deed} ${target}`))
  assert.equal(kinds.size, 12, "kill, pause, restart; no pause of Postgres; cut NATS servers off")
})

test("never two NATS servers at once, and all is healed before the end", () => {
  for (const plan of plans(60)) {
    const nats = plan.filter(({ target }) => target === "nats")
    for (const [index, { atMs }] of nats.entries()) {
      const before = nats[index - 1]
      if (before) assert.ok(before.atMs + before.holdMs + 5_000 < atMs)
    }
    for (const { atMs, holdMs } of plan) assert.ok(atMs + holdMs < 57_000)
  }
})

test("whoever stands still is given up by the others before it goes on", () => {
  const paused = plans(60).flat().filter(({ deed }) => deed === "pause")
  assert.ok(paused.length > 100)
  for (const { holdMs } of paused) assert.ok(holdMs > MEMBERSHIP.ttlMs)
})

test("only the chosen are hurt, and nobody when none are chosen", () => {
  const nodes = planOf({ seed: 1, seconds: 60, targets: ["node"] })
  assert.ok(nodes.length > 0 && nodes.every(({ target }) => target === "node"))
  assert.deepEqual(planOf({ seed: 1, seconds: 60, targets: [] }), [])
  const paused = planOf({ seed: 1, seconds: 60, deeds: ["pause"] })
  assert.ok(paused.length > 0 && paused.every(({ deed }) => deed === "pause"))
})
