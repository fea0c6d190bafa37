/** Tests of `leftfold schema`: the shop is locked, and a change of what is locked is refused. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { readLocks } from "../../app/internal.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Operator } from "../fixtures/operator.ts"
import { runProgram } from "../program.ts"

const CRATES = "cli/fixtures/crates.ts"
const SACKS = "cli/fixtures/sacks.ts"

const program = (...args: readonly string[]): Promise<number> => runProgram(args)

const run = (...args: readonly string[]): Promise<number> => program("schema", ...args)

test("nothing in the shop breaks what it has released, and all of it is locked", async () => {
  assert.equal(await run("check", "--locked", "--values", "100"), 0)
})

test("the Protobuf files of the shop are those that its contracts need", async (t) => {
  assert.equal(await run("proto", "--check"), 0)
  assert.equal(await run("proto", "--check", "--folder", await temporaryFolder(t)), 1)
})

test("a run neither takes nor changes the exit code of its process", async (t) => {
  const { exitCode } = process
  t.after(() => void (process.exitCode = exitCode))
  process.exitCode = 7
  assert.equal(await run("proto", "--check"), 0)
  assert.equal(await run("--help"), 0)
  assert.equal(await run("proto", "--check", "--folder", await temporaryFolder(t)), 1)
  assert.equal(process.exitCode, 7)
})

test("a version takes at most 4 KB of a lock file", async () => {
  const { contracts } = await readLocks("examples/shop/schemas")
  assert.equal(contracts.size, 7)
  for (const { contract, events, commands } of contracts.values()) {
    for (const [type, { versions }] of Object.entries({ ...events, ...commands })) {
      for (const { shapes } of versions) {
        for (const shape of shapes) {
          const bytes = JSON.stringify(shape).length
          assert.ok(bytes <= 4_096, `${contract} ${type}: ${bytes}`)
        }
      }
    }
  }
})

test("an application is locked once, and another one does not pass for it", async (t) => {
  const folder = join(await temporaryFolder(t), "locks")
  const at = (app: string) => ["--folder", folder, "--app", app]
  assert.equal(await run("check", "--locked", ...at(CRATES)), 1)
  assert.equal(await run("lock", ...at(CRATES)), 0)
  assert.equal(await run("check", "--locked", "--values", "50", ...at(CRATES)), 0)
  const text = await readFile(join(folder, "yard.crate.json"), "utf8")
  assert.equal(await run("check", ...at(SACKS)), 1)
  assert.equal(await run("lock", ...at(SACKS)), 1)
  assert.equal(await readFile(join(folder, "yard.crate.json"), "utf8"), text)
  assert.equal(await run("chek"), 2)
})

test("a name that cannot be retired, and counts below 1, are refused", async (t) => {
  const folder = await temporaryFolder(t)
  const at = ["--folder", folder, "--app", CRATES]
  assert.equal(await run("lock", "--retire", "yard.crate.Filled", ...at), 1)
  assert.deepEqual((await readLocks(folder)).contracts.size, 0)
  for (const wrong of [["--values", "0"], ["--values", "-3"], ["--sample", "0"]]) {
    assert.equal(await run("check", ...wrong, ...at), 2, wrong.join(" "))
    assert.equal(await program("check", ...wrong, ...at), 2, wrong.join(" "))
  }
})

test("check runs locks and simulation, and says which of them breaks", async (t) => {
  const said: string[] = []
  t.mock.method(process.stdout, "write", (text: string) => said.push(text) > 0)
  const folder = join(await temporaryFolder(t), "locks")
  const at = ["--folder", folder, "--values", "30", "--seeds", "50"]
  const crates = ["check", "--app", CRATES, ...at]
  assert.equal(await program(...crates, "--locked"), 1)
  assert.match(said.join(""), /not locked yet: yard\.crate.*something breaks: locks\n$/s)
  assert.equal(await run("lock", "--folder", folder, "--app", CRATES), 0)
  assert.equal(await program(...crates, "--locked"), 0)
  assert.match(said.join(""), /left out: examples\/shop\/simulation\.ts is one of shop, and not of/)
  assert.match(said.join(""), /left out: NATS_URL names no server;.*\nnothing breaks\n$/s)
  const lamps = "cli/fixtures/lamps.ts"
  const args = ["check", "--app", lamps, "--simulation", lamps, "--json"]
  said.length = 0
  assert.equal(await program(...args, ...at.with(1, `${folder}-2`).with(5, "600")), 1)
  const { broken, simulation, locks } = JSON.parse(said.join(""))
  assert.deepEqual(broken, ["simulation"])
  assert.match(simulation.failed.story, /burns for ever/)
  assert.deepEqual(locks.unlocked, ["yard.lamp"])
})

test("a sample of the real log is read and counted", async (t) => {
  const operator = await Operator.open(t, await createNamespace())
  await operator.fill(Array.from({ length: 7 }, (_, count) => [`c-${count}`, count] as const))
  const folder = join(await temporaryFolder(t), "locks")
  const args = ["check", "--log", "--values", "20", "--folder", folder, "--sample", "5"]
  const { stdout, stderr, code } = await operator.run("schema", ...args)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /yard\.crate Filled v1: 7\n7 messages of the log, 7 events in them/)
  assert.match(stderr, /reading █.* 100 %/)
  const whole = await operator.run("check", "--values", "20", "--folder", folder)
  assert.equal(whole.code, 0, whole.stderr)
  assert.match(whole.stdout, /log:\n {2}yard\.crate Filled v1: 7\n.*\n\nnothing breaks\n$/s)
  // A handler that fails for what is stored fails the whole check.
  await operator.fill([["c-9", 13]])
  const broken = await operator.run("check", "--values", "20", "--folder", folder, "--sample", "1")
  assert.equal(broken.code, 1, broken.stdout)
  assert.match(broken.stdout, /something breaks: log\n$/)
})
