/** Tests of the text of a progress bar, and of how counts and times are printed. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { counted, duration, tableLines } from "./print.ts"
import { barText } from "./progress-bar.ts"

test("a bar shows the progress, the speed, and the time left", () => {
  assert.equal(
    barText("a.b", { done: 250_000, of: 1_000_000 }, 50_000),
    `a.b ${"█".repeat(6)}${"░".repeat(18)} 25 %  50,000 commits/s  15 s left`,
  )
  assert.match(barText("a.b", { done: 0, of: 10 }, 0), /░{24} 0 % {2}0 commits\/s$/)
  assert.match(barText("a.b", { done: 0, of: 0 }, 0), /█{24} 100 %/)
})

test("a table is as wide as its contents, with numbers aligned right", () => {
  assert.deepEqual(tableLines(["NAME", "ROWS"], [["a", 5], ["longer", 12_345]]), [
    "NAME     ROWS",
    "a           5",
    "longer  12345",
  ])
})

test("times and counts are printed as people say them", () => {
  assert.deepEqual([0.04, 9.9, 60, 600, 36_000].map(duration), [
    ...["0.0 s", "9.9 s", "60 s", "10 min", "10 h"],
  ])
  assert.deepEqual([0, 1, 12_345].map((count) => counted(count, "row")), [
    ...["0 rows", "1 row", "12,345 rows"],
  ])
})
