/** Tests of waits: the time of sleeping and of working counts, but not that of waiting to run. */
import assert from "node:assert/strict"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { startWait, threadTimes } from "./run-queue.ts"

/** Deno runs tests in another thread than the first one. */
const skip = (process.platform !== "linux" || "deno" in process.versions) &&
  "Linux counts the first thread, in which Node runs tests"

test("a wait counts in full while both processes can run", () => {
  const waited = startWait(process.pid)
  // It sleeps: the thread is not ready to run meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  const ms = waited()
  assert.ok(ms >= 90, `${ms} ms`)
})

test("the running time of a process that works increases", { skip }, () => {
  const before = threadTimes(process.pid)
  const end = performance.now() + 50
  while (performance.now() < end) { /* It works. */ }
  const after = threadTimes(process.pid)
  assert.ok(before && after && after.ranMs > before.ranMs)
})

test("a missing process has no times, and a wait for it takes the clock's time", () => {
  assert.equal(threadTimes(2 ** 30), undefined)
  assert.ok(startWait(2 ** 30)() >= 0)
})
