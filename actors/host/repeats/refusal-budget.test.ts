/** Tests of the budget of written refusals: it refills with time, and no sooner. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { RefusalBudget } from "./refusal-budget.ts"

const rate = { burst: 100, perSecond: 10 }

const budgetAt = (now: () => number) =>
  new RefusalBudget({
    refusals: {
      noEvents: rate,
      someEvents: { ...rate, burst: 1_000 },
      unproven: rate,
    },
    refusalsOfOneActor: 3,
  }, now)

test("a budget is used up, and refills with time up to its full size", () => {
  let now = 0
  const budget = budgetAt(() => now)
  budget.take("noEvents", 99)
  assert.equal(budget.hasRoom("noEvents"), true)
  budget.take("noEvents", 51)
  assert.equal(budget.hasRoom("noEvents"), false, "more was taken than was left")
  assert.equal(budget.againMs("noEvents"), 5_100)
  now += 5_000
  assert.equal(budget.hasRoom("noEvents"), false)
  now += 100
  assert.equal(budget.hasRoom("noEvents"), true)
  now += 3_600_000
  budget.take("noEvents", 100)
  assert.equal(budget.hasRoom("noEvents"), false, "the budget refills only up to its full size")
})

test("each kind has its own budget, and one actor has a bound of its own", () => {
  const budget = budgetAt(() => 0)
  budget.take("noEvents", 1_000)
  assert.deepEqual(
    (["noEvents", "someEvents", "unproven"] as const).map((kind) => budget.hasRoom(kind)),
    [false, true, true],
  )
  assert.deepEqual([2, 3].map((open) => budget.hasRoom("someEvents", open)), [true, false])
})

test("a clock that goes back refills nothing", () => {
  let now = 10_000
  const budget = budgetAt(() => now)
  budget.take("unproven", 200)
  now = 0
  assert.equal(budget.hasRoom("unproven"), false)
  now = 9_000
  assert.equal(budget.hasRoom("unproven"), false)
})
