/** Tests of the test command: its exit code, and what an interruption leaves behind. */
import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { startProgram } from "../../testing/program.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { untilGone } from "../../app/development/until-gone.ts"
import { totals } from "./totals.ts"
import { Turns } from "./turns.ts"

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

test("a process that does not end is told of, tried a second time, and makes the run fail", {
  skip: "deno" in process.versions && "Deno ends a test's process whatever is open",
}, async (t) => {
  const file = join(await temporaryFolder(t), "open.test.mjs")
  const open = "setInterval(() => {}, 60_000)"
  await writeFile(file, `import { test } from "node:test"\ntest("open", () => ${open})\n`)
  const given = { TEST_FILE: file, TEST_SILENCE_MS: "1500" }
  const program = startProgram(t, "scripts/testing/run-file.ts", given)
  assert.equal(await program.exited, 1)
  const output = program.output()
  assert.equal(output.match(/^✔ open/gm)?.length, 2)
  assert.match(output, /printed nothing for 1\.5 s\.\n[^]*It waits for:\n\{"type":"timer"/)
  assert.match(output, /^hung, and was tried again: .*open\.test\.mjs$/m)
})

test("outputs are printed one after the other, and their totals at the end", () => {
  let printed = ""
  const turns = new Turns((text) => printed += text)
  const [one, other] = [turns.open(), turns.open()]
  other.print("b1 ")
  one.print("a1 ")
  assert.equal(printed, "a1 ")
  other.print("b2 ")
  assert.equal(other.close(), "b1 b2 ")
  one.print("a2 ")
  assert.equal(printed, "a1 a2 ")
  one.close()
  assert.equal(printed, "a1 a2 b1 b2 ")
  const [output, again] = ["ℹ tests 2\nℹ pass 1\nℹ fail 1\n✖ failing tests:\n\nx\n", "ℹ tests 3\n"]
  assert.match(totals([output, again]), /^✖ failing tests:\nx\n\nℹ tests 5\nℹ pass 1\nℹ fail 1\n/)
})

/** A test whose promises are looked at, one that leaves an error behind, and one after it. */
const stray = `
import assert from "node:assert/strict"
import { executionAsyncId } from "node:async_hooks"
import { describe, test } from "node:test"
test("untracked", async () => {
  const before = executionAsyncId()
  await undefined
  const within = executionAsyncId()
  await undefined
  assert.notEqual(before, within)
  assert.equal(executionAsyncId(), within)
})
test("stray", async (t) => {
  await undefined
  setTimeout(() => { throw new Error("nobody catches it") }, 1)
  await new Promise((resolve) => setTimeout(resolve, 3_000))
})
test("rejected", async (t) => {
  await undefined
  void Promise.reject(new Error("nobody handles it"))
  await new Promise((resolve) => setTimeout(resolve, 3_000))
})
describe("suite", () => test("inner", () => console.log("it runs")))
`

/** Deno's runner does not track promises, and an error that nobody catches ends its whole file. */
const skip = "deno" in process.versions && "the tests of Node are told which of them runs"

test("an error that nobody catches fails the running test; promises stay untracked", {
  skip,
}, async (t) => {
  const file = join(await temporaryFolder(t), "stray.test.mjs")
  await writeFile(file, stray)
  const program = startProgram(t, "scripts/testing/run-file.ts", { TEST_FILE: file })
  assert.equal(await program.exited, 1)
  for (const passed of ["untracked", "inner"]) {
    assert.match(program.output(), new RegExp(`✔ ${passed} `))
  }
  for (const failed of ["stray", "rejected"]) {
    assert.match(program.output(), new RegExp(`✖ ${failed} `))
  }
  assert.match(program.output(), /nobody catches it[^]*nobody handles it/)
})
