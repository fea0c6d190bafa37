/** Tests of health: a role that answers is heard, and one that does not is not ready. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { healthSubject } from "./address.ts"
import { askHealth, serveHealth } from "./health.ts"
import { memoryWire } from "./wire-memory.ts"

test("a role says how it is", async () => {
  const wire = memoryWire()
  const serving = serveHealth(wire, "actors", () => ({ ready: true, residents: 3 }))
  assert.deepEqual(await askHealth(wire, "actors", 1_000), { ready: true, residents: 3 })
  serving.close()
  assert.equal((await askHealth(wire, "actors", 1_000)).ready, false)
})

test("a role that nobody has, or that does not answer, is not ready", async () => {
  const wire = memoryWire()
  assert.deepEqual(await askHealth(wire, "none", 1_000), { ready: false, reason: "no-responders" })
  wire.serve(healthSubject("slow"), () => {})
  assert.deepEqual(await askHealth(wire, "slow", 10), { ready: false, reason: "timeout" })
  serveHealth(wire, "broken", () => {
    throw new Error("thrown on purpose by a test")
  })
  assert.equal((await askHealth(wire, "broken", 10)).ready, false)
})

test("an answer that is not about health is not ready", async () => {
  const wire = memoryWire()
  for (const [role, answer] of [["a", "{"], ["b", "null"], ["c", '{"ready":"yes"}']] as const) {
    wire.serve(healthSubject(role), (message) => message.respond(new TextEncoder().encode(answer)))
    assert.deepEqual(await askHealth(wire, role, 1_000), {
      ready: false,
      reason: "not-understood",
    })
  }
})
