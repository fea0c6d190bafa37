/** Tests of limited logging: lines stay within the rate, and omitted lines are counted. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { limited } from "./report.ts"

const limitedLines = (burst: number) => {
  const lines: string[] = []
  const clock = { now: 0 }
  const rate = { burst, everyMs: 1_000 }
  return { lines, clock, write: limited((line) => lines.push(line), rate, () => clock.now) }
}

test("however often it is called, no more lines are written than the rate allows", () => {
  const { lines, clock, write } = limitedLines(2)
  for (let each = 0; each < 100; each++) write(`${each}`)
  assert.deepEqual(lines, ["0", "1"])
  clock.now = 999
  write("early")
  assert.deepEqual(lines, ["0", "1"])
})

test("the next line counts the omitted ones, and later lines do not repeat that", () => {
  const { lines, clock, write } = limitedLines(1)
  for (const each of ["a", "b", "c"]) write(each)
  clock.now = 1_000
  write("d")
  clock.now = 2_000
  write("e")
  assert.deepEqual(lines, ["a", "d (and 2 more like it before)", "e"])
})

test("room comes back one line at a time, and never for more than the burst", () => {
  const { lines, clock, write } = limitedLines(2)
  for (const each of ["a", "b", "c"]) write(each)
  clock.now = 1_500
  for (const each of ["d", "e"]) write(each)
  assert.equal(lines.length, 3)
  clock.now = 2_000
  write("f")
  assert.equal(lines.length, 4)
  clock.now = 1_000_000
  for (let each = 0; each < 9; each++) write("g")
  assert.equal(lines.length, 6)
})
