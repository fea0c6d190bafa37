/** Tests of `leftfold simulate`, as a person uses it. */
import assert from "node:assert/strict"
import process from "node:process"
import { startLeftfold } from "../fixtures/operator.ts"
import { test } from "../../testing/test.ts"
import { runProgram } from "../program.ts"

const ran = (...args: string[]) => startLeftfold(["simulate", ...args], {}).ran

test("a law that breaks is told as a story, which the command in it tells again", async () => {
  const failed = await ran("cli/fixtures/lamps.ts", "--seeds", "600", "--cores", "2")
  assert.equal(failed.code, 1, failed.stderr)
  assert.match(failed.stdout, /^yard: seed \d+ breaks a law\n\nwhat holds at rest: l-1 burns for e/)
  const [, options = ""] = /again: leftfold simulate (.*)$/m.exec(failed.stdout) ?? []
  const again = await ran(...options.split(" "))
  assert.equal(again.code, 1)
  assert.ok(failed.stdout.endsWith(again.stdout), `${failed.stdout}\n---\n${again.stdout}`)
})

test("when every law holds, what was reached and what was not is listed", async () => {
  const passed = await ran("cli/fixtures/crates.ts", "--seeds", "300", "--from", "5", "--json")
  assert.equal(passed.code, 0, passed.stderr)
  const { tried, from, coverage } = JSON.parse(passed.stdout)
  assert.deepEqual([tried, from], [300, 5])
  assert.ok(coverage.decisions.length > 0 && coverage.events.length > 0, passed.stdout)
  assert.ok(Array.isArray(coverage.neverDecided))
})

test("no simulation, wrong options, and chaos without its logs are refused", async (t) => {
  const said: string[] = []
  t.mock.method(process.stderr, "write", (text: string) => said.push(text) > 0)
  assert.equal(await runProgram(["simulate", "cli/limits.ts"]), 1)
  assert.equal(await runProgram(["simulate", "cli/fixtures/lamps.ts", "--seeds", "0"]), 1)
  assert.equal(await runProgram(["chaos", "cli/fixtures/onlookers.ts"]), 1)
  const [none = "", wrong = "", elsewhere = ""] = said
  assert.match(elsewhere, /watch follows yard\.lamp, whose logs belong to other applications/)
  assert.match(none, /cli\/limits\.ts exports no simulation: export exactly one thing made by/)
  assert.match(wrong, /--seeds must be a whole number from 1, not 0/)
})
