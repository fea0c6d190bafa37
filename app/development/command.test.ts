/** Tests of commands: their output, their exit code and their time limit. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { runCommand } from "./command.ts"

test("the result of a command holds its exit code and both its outputs", async () => {
  const result = await runCommand("sh", ["-c", "echo one; echo two >&2; exit 4"])
  assert.equal(result.exitCode, 4)
  assert.deepEqual(result.output.split("\n").sort(), ["one", "two"])
})

test("a missing program has exit code 127, and the output names it", async () => {
  const result = await runCommand("/nowhere/program", [])
  assert.equal(result.exitCode, 127)
  assert.match(result.output, /\/nowhere\/program/)
})

test("a command that takes too long is killed, and the output says so", async () => {
  const result = await runCommand("sleep", ["60"], { timeoutMs: 50 })
  assert.notEqual(result.exitCode, 0)
  assert.match(result.output, /ended after 0.05 s/)
})

test("a command is killed when its signal aborts", async () => {
  const calledOff = new AbortController()
  const result = runCommand("sleep", ["60"], { signal: calledOff.signal })
  calledOff.abort()
  assert.notEqual((await result).exitCode, 0)
})
