/** Tests of health: the answers of all processes are combined, and a silent role is not ready. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { healthSubject } from "./address.ts"
import { askHealth, type Health, serveHealth, statusOf } from "./health.ts"
import { memoryWire } from "./memory/wire-memory.ts"
import { requestOf } from "./wire.ts"

const NONE = new Uint8Array()
const ORDERS = ["orders.order"]
const BOTH = [...ORDERS, "stock.item", "stock.shelf"]

const PAIRS = [
  ["ready", "ready", "ready"],
  ["ready", "degraded", "degraded"],
  ["degraded", "degraded", "degraded"],
  ["degraded", "ready", "degraded"],
  ["degraded", "broken", "broken"],
  ["broken", "degraded", "broken"],
  ["ready", "broken", "broken"],
] as const

const serve = (wire: ReturnType<typeof memoryWire>, parts: readonly string[], health: Health) =>
  serveHealth(wire, "a", parts, () => health)

test("a role reports its health", async () => {
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

test("a role reports how many answers it has refused to send", async () => {
  const wire = memoryWire()
  serve(wire, ORDERS, { ready: true })
  const question = healthSubject("a", "orders")
  for (const reply of ["evt.orders.order.1.x", "own.node"]) {
    wire.publish(question, new Uint8Array(), reply)
  }
  await new Promise(setImmediate)
  assert.deepEqual(await askHealth(wire, "a", ORDERS, 1_000), { ready: true, refusedReplies: 2 })
})

test("a role without a process, or that does not answer, is not ready", async () => {
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

test("parts that no process serves are named, even if other parts are well", async () => {
  const wire = memoryWire()
  serve(wire, ORDERS, { ready: true, nodes: 1 })
  assert.deepEqual(await askHealth(wire, "a", BOTH, 1_000), {
    ready: false,
    refusedReplies: 0,
    nodes: 1,
    unserved: ["stock.item: no-responders", "stock.shelf: no-responders"],
  })
})

test("processes that share the contexts of a role are combined, each once", async () => {
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

test("a role is as well as its worst process, and broken if a part has none", async () => {
  const degraded = { ready: false, degraded: true } as const
  const states = { ready: { ready: true }, degraded, broken: { ready: false } }
  for (const [one, other, worst] of PAIRS) {
    const wire = memoryWire()
    serve(wire, ORDERS, states[one])
    serve(wire, ["stock.item"], states[other])
    const { ready, degraded } = await askHealth(wire, "a", BOTH, 1_000)
    assert.deepEqual({ ready, degraded }, { degraded: undefined, ...states[worst] })
    const alone = await askHealth(wire, "a", [...BOTH, "away.thing"], 1_000)
    assert.equal(statusOf(alone), "broken")
  }
})

test("500 questions at once cost one look, and its answer is bounded", async () => {
  const wire = memoryWire()
  let looks = 0
  const troubles = Array.from({ length: 5_000 }, (_, each) => `the log l-${each} is full`)
  serveHealth(wire, "a", ORDERS, () => {
    looks++
    return Promise.resolve({ ready: false, troubles })
  })
  const asked = Array.from({ length: 500 }, () => askHealth(wire, "a", ORDERS, 5_000))
  for (const told of await Promise.all(asked)) {
    assert.deepEqual(told.leftOut, { troubles: 4_900 })
    assert.equal((told.troubles as unknown[]).length, 100)
  }
  assert.equal(looks, 1)
})

test("the counts of what several processes leave out are added", async () => {
  const wire = memoryWire()
  const list = (count: number) => Array.from({ length: count }, (_, each) => `${count}-${each}`)
  serve(wire, ORDERS, { ready: false, troubles: list(101) })
  serve(wire, ["stock.item"], { ready: false, troubles: list(105), warnings: list(101) })
  const { leftOut } = await askHealth(wire, "a", BOTH, 1_000)
  assert.deepEqual(leftOut, { troubles: 6, warnings: 1 })
})

test("a process whose look at itself does not end says so", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const wire = memoryWire()
  serveHealth(wire, "a", ORDERS, () => new Promise(() => {}))
  const asked = requestOf(wire, healthSubject("a", "orders"), new Uint8Array(), {}, 60_000)
  await new Promise(setImmediate)
  t.mock.timers.tick(5_000)
  const reply = await asked
  assert.equal(reply.type, "reply")
  const told = JSON.parse(new TextDecoder().decode(reply.type === "reply" ? reply.payload : NONE))
  const reason = "this process has been looking at itself for 5 s"
  assert.deepEqual([told.ready, told.reason], [false, reason])
})
