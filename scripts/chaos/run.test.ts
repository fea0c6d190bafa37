/** A test of a short chaos run: faults in the whole system for twenty seconds, and no findings. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { planOf, TARGETS } from "../../app/development/chaos/plan.ts"
import { runChaos } from "./run.ts"
import { isClean } from "./verdict.ts"

/** A plan with every kind of fault within this short time. */
const SHORT = { seed: 2_866, seconds: 20 }

test("twenty seconds of faults lose nothing and answer nothing wrong", async (t) => {
  assert.deepEqual(new Set(planOf(SHORT).map(({ target }) => target)), new Set(TARGETS))
  const { summary, verdict } = await runChaos(SHORT)
  t.diagnostic(JSON.stringify(summary))
  const { faults, outcomes, commits } = summary
  assert.ok(Object.keys(faults).length >= TARGETS.length, "everything was hurt")
  assert.ok((outcomes.accepted ?? 0) > 100 && commits > 100, "commands were accepted")
  assert.ok((outcomes.rejected ?? 0) > 10, "and rejected")
  assert.ok(isClean(verdict), JSON.stringify(verdict, undefined, 2))
})
