/** A short chaos run: the whole system hurt for half a minute, and nothing wrong afterwards. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { planOf, TARGETS } from "./plan.ts"
import { runChaos } from "./run.ts"
import { isClean } from "./verdict.ts"

/** One whose plan hurts everything within so short a time. */
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
