/** Tests of shortened reports: they fit into one message, and count what they leave out. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { test } from "../testing/test.ts"
import { HEALTH } from "./limits.ts"
import { shortened } from "./shortened.ts"

const view = (number: number, ready: boolean, failure?: string) => ({
  name: `v-${number}`,
  ready,
  ...(failure === undefined ? {} : { failure }),
})

const many = <A>(count: number, make: (number: number) => A): A[] =>
  Array.from({ length: count }, (_, number) => make(number))

test("a report that fits stays as it is", () => {
  const report = { ready: false, projections: many(HEALTH.listed, (each) => view(each, true)) }
  assert.deepEqual(shortened(report), report)
})

test("a long list keeps the entries that are not ready, and counts those left out", () => {
  const views = many(1_000, (each) => view(each, each !== 900))
  const { projections, leftOut } = shortened({ ready: false, projections: views })
  assert.equal((projections as unknown[]).length, HEALTH.listed)
  assert.deepEqual((projections as unknown[])[0], view(900, false))
  assert.deepEqual(leftOut, { projections: 900 })
})

test("what is broken comes before what is degraded, and a report without room keeps which", () => {
  const views = many(1_000, (each) => ({
    ...view(each, each < 800),
    ...(each >= 800 && each < 950 && { degraded: true }),
  }))
  const { projections } = shortened({ ready: false, projections: views })
  const kept = projections as { readonly degraded?: true }[]
  assert.deepEqual(kept.map(({ degraded }) => degraded === true), [
    ...Array.from({ length: 50 }, () => false),
    ...Array.from({ length: 50 }, () => true),
  ])
  const huge = Object.fromEntries(many(100_000, (each) => [`detail-${each}`, each]))
  const { ready, degraded } = shortened({ ready: false, degraded: true, ...huge })
  assert.deepEqual([ready, degraded], [false, true])
})

test("long texts are cut, even deep inside, and say so", () => {
  const { projections, reason } = shortened({
    ready: false,
    reason: "x".repeat(1_000_000),
    projections: [view(1, false, "y".repeat(HEALTH.characters + 5))],
  })
  assert.match(String(reason), /^x{2000}… \(998000 more characters\)$/)
  assert.match(
    (projections as { failure: string }[])[0]!.failure,
    /^y{2000}… \(5 more characters\)$/,
  )
})

test("every report is cut to the limit of bytes", () => {
  const text = "ü".repeat(HEALTH.characters)
  const full = shortened({
    ready: true,
    projections: many(5_000, (each) => view(each, true, text)),
  })
  const bytes = Buffer.byteLength(JSON.stringify(full))
  assert.ok(bytes <= HEALTH.bytes && bytes > 10_000, `${bytes}`)
  const { length } = full.projections as unknown[]
  assert.deepEqual(full.leftOut, { projections: 5_000 - length })
  const maps = Object.fromEntries(many(50_000, (each) => [`context-${each}`, each]))
  assert.deepEqual(shortened({ ready: true, lag: maps }), {
    ready: true,
    reason: `the report is longer than ${HEALTH.bytes} bytes`,
  })
})
