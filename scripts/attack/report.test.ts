/** Tests of the report of the attacks. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { reportOf, wrongCount } from "./report.ts"
import { type ClassOutcome, NOT_TRIED } from "./runner.ts"

const outcome = (name: string, came?: string, loopMs?: number) => ({
  ...{ name, expected: "400", came },
  ...loopMs === undefined ? {} : { loopMs },
})

const paths: ClassOutcome = {
  name: "paths",
  outcomes: [outcome("a", undefined, 3), outcome("b", "200 {}", 70), outcome("c", NOT_TRIED)],
  ...{ worstLoopMs: 70, worstHealthzMs: 90, ms: 1_500 },
}
const headers: ClassOutcome = {
  name: "headers",
  outcomes: [outcome("d")],
  ...{ worstLoopMs: 4, worstHealthzMs: 9, ms: 500 },
}

test("each class has a row, and a last row sums up all of them", () => {
  const rows = reportOf([paths, headers]).split("\n").filter((line) =>
    /^\| (paths|headers|all) /.test(line)
  )
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()).slice(1, -1))
  assert.deepEqual(cells, [
    ["paths", "3", "1", "2", "70", "90", "1.5"],
    ["headers", "1", "1", "0", "4", "9", "0.5"],
    ["all", "4", "2", "2", "70", "90", "2.0"],
  ])
})

test("unexpected outcomes are listed, and untried cases are counted", () => {
  const text = reportOf([paths, headers])
  assert.match(text, /NOT AS EXPECTED {2}paths: b\n {2}expected: 400\n {2}came: {5}200 \{\}/)
  assert.match(text, /paths: 1 cases were not tried/)
  assert.equal(wrongCount([paths, headers]), 2)
  assert.equal(wrongCount([headers]), 0)
})

test("the costliest requests come first", () => {
  assert.match(
    reportOf([paths, headers]),
    /2 kinds of hostile request[^]*70\.0 ms {2}paths: b\n {2}3\.0 ms/,
  )
})
