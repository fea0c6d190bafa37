/** Tests of the test command: its exit code, and what an interruption leaves behind. */
import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import { startProgram } from "../../testing/program.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { untilGone } from "../../app/development/until-gone.ts"

/** Writes a test that records its process id and its runner's, and then never ends. */
const endless = (note: string) => `
import { writeFileSync } from "node:fs"
import process from "node:process"
import { test } from "node:test"
test("endless", () => {
  writeFileSync(${JSON.stringify(note)}, process.pid + " " + process.ppid)
  console.log("it runs")
  return new Promise((resolve) => setTimeout(resolve, 60_000))
})
`

test("an interrupted run ends its tests and servers, and does not count as passed", async (t) => {
  const folder = await temporaryFolder(t)
  const [file, note] = [join(folder, "endless.test.mjs"), join(folder, "note")]
  await writeFile(file, endless(note))
  const program = startProgram(t, "scripts/testing/run-file.ts", { TEST_FILE: file })
  await program.untilOutput(/it runs/)
  const pids = (await readFile(note, "utf8")).split(" ").map(Number)
  program.send("SIGTERM")
  assert.equal(await program.exited, 130)
  for (const pid of pids.filter((each) => each !== program.pid)) await untilGone(pid)
})

test("a test that fails makes the run fail", async (t) => {
  const file = join(await temporaryFolder(t), "failing.test.mjs")
  await writeFile(file, 'import { test } from "node:test"\ntest("no", () => { throw "no" })\n')
  const program = startProgram(t, "scripts/testing/run-file.ts", { TEST_FILE: file })
  assert.equal(await program.exited, 1)
})

/** A test that never ends, with a limit of its own, and one after it. */
const limited = `
import { test } from ${JSON.stringify(new URL("../../testing/test.ts", import.meta.url).href)}
test("endless", { timeout: 200 }, () => new Promise((resolve) => setTimeout(resolve, 3_000)))
test("the next one", () => console.log("it runs"))
`

test("a test that does not end in its time fails by its name, and the next one runs", async (t) => {
  const file = join(await temporaryFolder(t), "limited.test.mjs")
  await writeFile(file, limited)
  const program = startProgram(t, "scripts/testing/run-file.ts", { TEST_FILE: file })
  assert.equal(await program.exited, 1)
  assert.match(program.output(), /it runs/)
  assert.match(program.output(), /endless.*\n[^]*timed out/i)
})
