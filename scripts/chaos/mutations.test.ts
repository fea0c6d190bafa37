/** Tests that the checker catches each mutation of a port, and finds nothing without one. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import {
  ackBeforeAppend,
  checkpointApart,
  lossyStore,
  noExpectation,
  noFreshnessCheck,
} from "./mutations.ts"
import { type RehearsalOptions, rehearse } from "./rehearsal.ts"
import { type Fault, FAULTS, isClean } from "./verdict.ts"

const found = async (
  t: TestContext,
  options: Omit<RehearsalOptions, "seed">,
): Promise<Record<Fault, number>> => {
  const { verdict, accepted, rejected } = await rehearse({ ...options, seed: 1 })
  assert.ok(accepted > 100 && rejected > 10, "there is something to be checked")
  const counts = FAULTS.map((fault) => [fault, verdict[fault].length])
  t.diagnostic(JSON.stringify(Object.fromEntries(counts)))
  return Object.fromEntries(counts) as Record<Fault, number>
}

test("two hosts that are right leave nothing wrong, though connections are lost", async () => {
  const { verdict, accepted, rejected } = await rehearse({ seed: 1, store: lossyStore })
  assert.ok(isClean(verdict), JSON.stringify(verdict, undefined, 2))
  assert.ok(accepted > 100 && rejected > 10, "there is something to be checked")
})

test("an acknowledgement before the append is caught", async (t) => {
  const { lost } = await found(t, { journal: ackBeforeAppend })
  assert.ok(lost > 0)
})

test("an append without an expectation is caught", async (t) => {
  const { brokenChains } = await found(t, { journal: noExpectation })
  assert.ok(brokenChains > 0)
})

test("a rejection from a state that is not fresh is caught", async (t) => {
  const { wrongRejections, brokenChains } = await found(t, { journal: noFreshnessCheck })
  assert.ok(wrongRejections > 0)
  assert.equal(brokenChains, 0)
})

test("a checkpoint outside of the transaction is caught", async (t) => {
  const { viewDrift, lost, wrongAnswers } = await found(t, { store: checkpointApart })
  assert.ok(viewDrift > 0)
  assert.equal(lost + wrongAnswers, 0)
})
