/** A test of a short chaos run: faults in the whole system for half a minute, and no findings. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { planOf, TARGETS } from "../../app/development/chaos/plan.ts"
import { runChaos } from "./run.ts"
import { isClean } from "./verdict.ts"

/** A plan with every kind of fault within this short time. */
const SHORT = { seed: 19, seconds: 30 }

test("half a minute of faults loses nothing and answers nothing wrong", async (t) => {
  assert.deepEqual(new Set(planOf(SHORT).map(({ target }) => target)), new Set(TARGETS))
  const { summary, verdict } = await runChaos(SHORT)
  t.diagnostic(JSON.stringify(summary))
  const { faults, outcomes, commits } = summary
  assert.ok(Object.keys(faults).length >= TARGETS.length, "everything was hurt")
  assert.ok((outcomes.accepted ?? 0) > 100 && commits > 100, "commands were accepted")
  assert.ok((outcomes.rejected ?? 0) > 10, "and rejected")
  assert.ok(isClean(verdict), JSON.stringify(verdict, undefined, 2))
})
