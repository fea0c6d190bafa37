/** Tests of the command line with raw projections, including commands that do not apply to them. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { createNamespace } from "../testing/namespace.ts"
import { UNLUCKY } from "./fixtures/crates.ts"
import { Operator } from "./fixtures/operator.ts"
import { weighed } from "./fixtures/weights.ts"

const opened = async (t: Parameters<typeof Operator.open>[0]) =>
  Operator.open(t, await createNamespace(), { app: weighed, module: "cli/fixtures/weights.ts" })

test("a raw projection is listed, rebuilt, rolled back to and dropped", async (t) => {
  const operator = await opened(t)
  await operator.fill(Array.from({ length: 200 }, (_, index) => [`c-${index}`, 2]))
  await operator.work()
  const total = async () => {
    const rows = await operator.sql`select times, sum from yard.weights__total`
    return rows.map(({ times, sum }) => [times, sum])
  }
  const states = async () => {
    const [views] = await operator.json(0, "projections")
    return views.map((view: Record<string, unknown>) => [view.name, view.state, view.rows])
  }
  assert.deepEqual(await states(), [["yard.weights", "serving", 1]])
  const rebuilt = await operator.run("rebuild", "weights")
  assert.equal(rebuilt.code, 0, rebuilt.stderr)
  assert.match(rebuilt.stdout, /yard\.weights generation 2 serves, with 1 row, after/)
  assert.deepEqual(await total(), [[200, 400]])
  await operator.sql`update yard.weights__total set sum = -1`
  const [back] = await operator.json(0, "rollback", "weights")
  assert.deepEqual([back.generation, back.state], [1, "serving"])
  assert.deepEqual(await total(), [[200, 400]])
  const [dropped] = await operator.json(0, "drop", "weights")
  assert.deepEqual(dropped, { name: "yard.weights", dropped: [2] })
  assert.deepEqual(await states(), [["yard.weights", "serving", 1]])
  const [gone] = await operator.sql`select to_regclass('yard.weights__total__2') as name`
  assert.equal(gone?.name, null)
})

test("a held-up raw projection shows in health and lag; other commands advise", async (t) => {
  const operator = await opened(t)
  await operator.fill([["c-1", 1], ["c-1", UNLUCKY], ["c-2", 5]])
  await operator.begin()
  const healthOf = async () => {
    const [{ projections }] = await operator.json(1, "health")
    return projections.projections?.[0]
  }
  const health = await until(async () => {
    const told = await healthOf()
    return told?.failure && told.positions.yard === 1 ? told : undefined
  })
  assert.equal(health.failure, "the batch at yard:2 failed: Error: thirteen is unlucky")
  assert.equal(health.lag, 2)
  const [[view]] = await operator.json(0, "projections")
  assert.deepEqual([view.positions, view.lag.commits, view.parkedEvents], [{ yard: 1 }, 2, 0])
  assert.match(
    (await operator.run("health")).stdout,
    /yard\.weights: the batch at yard:2 failed: Error: thirteen is unlucky/,
  )
  const { code, stderr } = await operator.run("retry", "weights", "c-1")
  assert.equal(code, 1)
  assert.match(
    stderr,
    /yard\.weights is raw: it parks nothing, because it has no keys\. .* tried again/,
  )
  assert.match(stderr, /leftfold health says why.* leftfold rebuild weights/)
  const parked = await operator.run("parked", "weights")
  assert.deepEqual([parked.code, parked.stderr], [1, stderr])
  assert.match((await operator.run("parked")).stdout, /nothing is parked/)
  const compared = await operator.run("reconcile", "weights", "--repair")
  assert.equal(compared.code, 1)
  assert.match(
    compared.stderr,
    /yard\.weights is raw: .* cannot be compared .* leftfold rebuild weights/,
  )
})
