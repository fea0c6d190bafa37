/** Tests of server processes: they never outlive us, and it is known how they ended. */
import assert from "node:assert/strict"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { startProgram } from "../../testing/program.ts"
import { isRunning, untilGone } from "./until-gone.ts"
import { type Child, type ChildOptions, startChild } from "./child.ts"
import { until } from "../../testing/until.ts"

const shell = (script: string, changes: Partial<ChildOptions> = {}) =>
  startChild({
    name: "the server",
    program: "sh",
    args: ["-c", script],
    stopSignal: "TERM",
    stopGraceMs: 3_000,
    ...changes,
  })

const forever = "while :; do sleep 0.05; done"

/** Waits for a line of the server's output, which shows that its first steps are done. */
async function untilLine(child: Child, line: string): Promise<void> {
  await until(() => child.recentLines().includes(line))
}

test("a server is asked to stop, and has time to finish its work", async () => {
  const child = await shell(`trap 'echo stopping; exit 3' TERM; echo running; ${forever}`)
  await untilLine(child, "running")
  await child.stop()
  assert.deepEqual(child.recentLines(), ["running", "stopping"])
  assert.equal(await child.ended, "stopped with exit code 3")
  assert.equal(isRunning(child.pid), false)
})

test("a server that does not stop is killed when its grace is over", async () => {
  const child = await shell(`trap '' TERM; echo running; ${forever}`, { stopGraceMs: 200 })
  await untilLine(child, "running")
  await child.stop()
  assert.equal(await child.ended, "was ended by signal 9")
  assert.equal(isRunning(child.pid), false)
})

test("a killed server is gone at once", async () => {
  const child = await shell(`trap '' TERM; ${forever}`)
  await child.kill()
  assert.equal(await child.ended, "was ended by signal 9")
})

test("stopping twice is harmless, and so is killing a server that is gone", async () => {
  const child = await shell(forever)
  await Promise.all([child.stop(), child.stop()])
  await child.kill()
})

test("the ending of a server that stops by itself is known, with its output", async () => {
  const child = await shell("echo one; echo two >&2; exit 7")
  assert.equal(await child.ended, "stopped with exit code 7")
  assert.deepEqual([...child.recentLines()].sort(), ["one", "two"])
})

test("a process that a server has left behind delays its end only briefly", async () => {
  const beforeMs = performance.now()
  const child = await shell("sleep 30 & echo $!; exit 0")
  assert.equal(await child.ended, "stopped with exit code 0")
  assert.ok(performance.now() - beforeMs < 20_000)
  process.kill(Number(child.recentLines()[0]), "SIGKILL")
})

test("only the last lines are remembered", async () => {
  const child = await shell("i=0; while [ $i -lt 100 ]; do echo $i; i=$((i + 1)); done")
  await child.ended
  assert.equal(child.recentLines().length, 40)
  assert.equal(child.recentLines().at(-1), "99")
})

test("a missing program is reported in one sentence", async () => {
  const child = await shell("", { program: "/nowhere/server", args: [] })
  assert.equal(await child.ended, "stopped with exit code 127")
  assert.match(child.recentLines().join(), /\/nowhere\/server/)
})

test("a kill -9 of the parent leaves no server behind", async (t) => {
  const parent = startProgram(t, "testing/start-child.ts")
  await parent.untilOutput(/server \d+\n/)
  const pid = Number(/server (\d+)/.exec(parent.output())?.[1])
  assert.equal(isRunning(pid), true)
  parent.send("SIGKILL")
  await untilGone(pid)
})

test("Ctrl-C in a terminal does not reach the server", async (t) => {
  const parent = startProgram(t, "testing/start-child.ts")
  await parent.untilOutput(/server \d+\n/)
  const pid = Number(/server (\d+)/.exec(parent.output())?.[1])
  parent.send("SIGINT", "group")
  await parent.untilOutput(/^interrupted$/m)
  parent.send("SIGTERM")
  await parent.untilOutput(/^stopped$/m)
  assert.doesNotMatch(parent.output(), /the server was interrupted/)
  await untilGone(pid)
})
