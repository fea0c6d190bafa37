/** Tests of `leftfold start` as a process: its settings, its log and its exit code. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createNamespace } from "../../testing/namespace.ts"
import { startProgram } from "../../testing/program.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"

const module = "app/fixtures/library.ts"
const unset = { NATS_URL: "", DATABASE_URL: "", ROLES: "", CONTEXTS: "", PORT: "" }

test("it takes settings of a file, which the command line overrides, and logs JSON", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const file = join(await temporaryFolder(t), "settings.env")
  const settings = [`NATS_URL=${natsUrl}`, `DATABASE_URL="${databaseUrl}"`, "ROLES=gateway"]
  await writeFile(file, `${settings.join("\n")}\n`)
  const args = ["start", module, "--env-file", file, "--roles", "provision", "--log", "json"]
  const program = startProgram(t, "cli/main.ts", unset, args)
  assert.equal(await program.exited, 0, program.output())
  const lines = program.output().trim().split("\n").map((line) => JSON.parse(line))
  assert.deepEqual(Object.keys(lines.at(-1)), ["time", "level", "message"])
  assert.match(lines.at(-1).message, /^library runs provision/)
})

test("an application that cannot start says why in one line, and exits with 1", async (t) => {
  const args = ["start", "app/fixtures/library", "--contexts", "nowhere"]
  const program = startProgram(t, "cli/main.ts", unset, args)
  assert.equal(await program.exited, 1)
  assert.match(program.output(), /library cannot run: there is no context "nowhere"; there are: /)
  assert.equal(program.output().trim().split("\n").length, 1)

  const file = join(await temporaryFolder(t), "debug.env")
  await writeFile(file, "LEFTFOLD_LOG_LEVEL=debug\n")
  const debugged = startProgram(t, "cli/main.ts", unset, [...args, "--env-file", file])
  assert.equal(await debugged.exited, 1)
  assert.match(debugged.output(), /there is no context "nowhere"[^]*\n {4}at /)
})
