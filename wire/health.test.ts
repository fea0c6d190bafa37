/** Tests of health: roles that answer are heard, in each context, and others are not ready. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { healthSubject } from "./address.ts"
import { askHealth, type Health, serveHealth } from "./health.ts"
import { memoryWire } from "./memory/wire-memory.ts"

const ORDERS = ["orders.order"]
const BOTH = [...ORDERS, "stock.item", "stock.shelf"]

const serve = (wire: ReturnType<typeof memoryWire>, parts: readonly string[], health: Health) =>
  serveHealth(wire, "a", parts, () => health)

test("a role says how it is", async () => {
  const wire = memoryWire()
  const serving = serve(wire, ORDERS, { ready: true, residents: 3 })
  assert.deepEqual(await askHealth(wire, "a", ORDERS, 1_000), {
    ready: true,
    refusedReplies: 0,
    residents: 3,
  })
  serving.close()
  assert.equal((await askHealth(wire, "a", ORDERS, 1_000)).ready, false)
})

test("a role says how many answers it has refused to send", async () => {
  const wire = memoryWire()
  serve(wire, ORDERS, { ready: true })
  const question = healthSubject("a", "orders")
  for (const reply of ["evt.orders.order.1.x", "own.node"]) {
    wire.publish(question, new Uint8Array(), reply)
  }
  await new Promise(setImmediate)
  assert.deepEqual(await askHealth(wire, "a", ORDERS, 1_000), { ready: true, refusedReplies: 2 })
})

test("a role that nobody has, or that does not answer, is not ready", async () => {
  const wire = memoryWire()
  const unready = (reason: string) => ({
    ready: false,
    reason,
    unserved: [`orders.order: ${reason}`],
  })
  assert.deepEqual(await askHealth(wire, "none", ORDERS, 1_000), unready("no-responders"))
  wire.serve(healthSubject("slow", "orders"), () => {})
  assert.deepEqual(await askHealth(wire, "slow", ORDERS, 10), unready("timeout"))
  serveHealth(wire, "broken", ORDERS, () => {
    throw new Error("thrown on purpose by a test")
  })
  const { ready, reason } = await askHealth(wire, "broken", ORDERS, 1_000)
  assert.deepEqual([ready, reason], [false, "Error: thrown on purpose by a test"])
})

test("an answer that is not about health is not ready", async () => {
  const wire = memoryWire()
  for (const [role, answer] of [["a", "{"], ["b", "null"], ["c", '{"ready":"yes"}']] as const) {
    const bytes = new TextEncoder().encode(answer)
    wire.serve(healthSubject(role, "orders"), (message) => message.respond(bytes))
    const { ready, reason } = await askHealth(wire, role, ORDERS, 1_000)
    assert.deepEqual([ready, reason], [false, "not-understood"])
  }
})

test("what nobody serves is named, though others of the role are well", async () => {
  const wire = memoryWire()
  serve(wire, ORDERS, { ready: true, nodes: 1 })
  assert.deepEqual(await askHealth(wire, "a", BOTH, 1_000), {
    ready: false,
    refusedReplies: 0,
    nodes: 1,
    unserved: ["stock.item: no-responders", "stock.shelf: no-responders"],
  })
})

test("processes that share the contexts of a role are heard as one, each once", async () => {
  const wire = memoryWire()
  const views = (name: string, caughtUp: boolean) => [{ name, caughtUp }]
  serve(wire, ORDERS, { ready: true, nodes: 3, views: views("orders.list", true), lag: { o: 1 } })
  const last = { ready: false, nodes: 2, views: views("stock.list", false), lag: { s: 2 } }
  const other = serve(wire, ["stock.item"], last)
  assert.deepEqual(await askHealth(wire, "a", BOTH, 1_000), {
    ready: false,
    refusedReplies: 0,
    nodes: 3,
    views: [...views("orders.list", true), ...views("stock.list", false)],
    lag: { o: 1, s: 2 },
  })
  other.close()
  const all = serve(wire, BOTH, { ready: true, views: views("orders.list", true) })
  const { views: seen } = await askHealth(wire, "a", BOTH, 1_000)
  assert.deepEqual(seen, views("orders.list", true))
  all.close()
})
