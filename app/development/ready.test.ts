/** Tests of waiting for a server: when the wait fails, the server is stopped. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { isRunning } from "./until-gone.ts"
import { startChild } from "./child.ts"
import { untilReady } from "./ready.ts"

const startShell = (script: string) =>
  startChild({
    name: "the server",
    program: "sh",
    args: ["-c", script],
    stopSignal: "TERM",
    stopGraceMs: 1_000,
  })

const never = () => Promise.reject(new Error("not yet"))

test("a server is probed until it answers", async () => {
  const child = await startShell("exec sleep 60")
  let probes = 0
  await untilReady(child, () => ++probes < 3 ? never() : Promise.resolve())
  assert.equal(probes, 3)
  assert.equal(isRunning(child.pid), true)
  await child.stop()
})

test("a server that does not answer in time is stopped and reported", async () => {
  const child = await startShell("exec sleep 60")
  await assert.rejects(untilReady(child, never, { timeoutMs: 50 }), {
    name: "ServerError",
    message: "the server was not ready after 0.05 s; its last words: it wrote nothing",
  })
  assert.equal(isRunning(child.pid), false)
})

test("a server that ends is reported with its last words", async () => {
  const child = await startShell("echo no; echo luck; exit 3")
  await assert.rejects(untilReady(child, never), {
    name: "ServerError",
    message: "the server stopped with exit code 3 while starting; its last words: no | luck",
  })
})

test("a cancelled start leaves no server behind", async () => {
  const child = await startShell("exec sleep 60")
  await assert.rejects(untilReady(child, never, { signal: AbortSignal.abort() }), {
    name: "ServerError",
  })
  assert.equal(isRunning(child.pid), false)
})
