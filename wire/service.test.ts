/** Tests of the protocol of NATS services: the shapes that ADR-32 prescribes, field by field. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { decode } from "./codec.ts"
import { findInstance, serveService, type Service } from "./service.ts"
import { type Incoming, NO_HEADERS, requestOf, type Wire } from "./wire.ts"
import { memoryWire } from "./memory/wire-memory.ts"

const service: Service = {
  name: "orders",
  id: "n-1",
  version: "1.2.3",
  description: "The actors of the context orders",
  endpoints: () => [{
    name: "order",
    subject: "cmd.orders.order.>",
    queue: "actors",
    requests: 3,
    errors: 1,
    lastError: "Invalid: no customer",
    processingMs: 1.00000055,
    metadata: { commands: "Place Cancel" },
  }],
}

const standard = { name: "orders", id: "n-1", version: "1.2.3", metadata: {} }

const ask = async (wire: Wire, subject: string): Promise<unknown> => {
  const reply = await requestOf(wire, subject, new Uint8Array(), NO_HEADERS, 1_000)
  assert.equal(reply.type, "reply", subject)
  return reply.type === "reply" ? decode("json", reply.payload) : undefined
}

test("each verb is answered for all services, for one name, and for one instance", async () => {
  const wire = memoryWire()
  serveService(wire, service)
  for (const verb of ["PING", "INFO", "STATS"]) {
    for (const scope of ["", ".orders", ".orders.n-1"]) {
      const answer = await ask(wire, `$SRV.${verb}${scope}`) as Record<string, unknown>
      assert.equal(answer.type, `io.nats.micro.v1.${verb.toLowerCase()}_response`)
    }
    for (const other of [".payments", ".orders.n-2"]) {
      const subject = `$SRV.${verb}${other}`
      const reply = await requestOf(wire, subject, new Uint8Array(), NO_HEADERS, 1_000)
      assert.equal(reply.type, "no-responders")
    }
  }
})

test("the answers have the members that ADR-32 prescribes, and no others", async () => {
  const wire = memoryWire()
  serveService(wire, service)
  const endpoint = { name: "order", subject: "cmd.orders.order.>", queue_group: "actors" }
  assert.deepEqual(await ask(wire, "$SRV.PING"), {
    type: "io.nats.micro.v1.ping_response",
    ...standard,
  })
  assert.deepEqual(await ask(wire, "$SRV.INFO"), {
    type: "io.nats.micro.v1.info_response",
    ...standard,
    description: "The actors of the context orders",
    endpoints: [{ ...endpoint, metadata: { commands: "Place Cancel" } }],
  })
  const { started, ...stats } = await ask(wire, "$SRV.STATS") as { started: string }
  assert.equal(new Date(started).toISOString(), started)
  assert.deepEqual(stats, {
    type: "io.nats.micro.v1.stats_response",
    ...standard,
    endpoints: [{
      ...endpoint,
      num_requests: 3,
      num_errors: 1,
      last_error: "Invalid: no customer",
      processing_time: 1_000_001,
      average_processing_time: 333_333,
    }],
  })
})

test("an endpoint that was never asked has no average and no error", async () => {
  const wire = memoryWire()
  const [endpoint] = service.endpoints()
  const idle = { ...endpoint!, requests: 0, errors: 0, lastError: "", processingMs: 0 }
  serveService(wire, { ...service, endpoints: () => [idle] })
  const { endpoints: [stats] } = await ask(wire, "$SRV.STATS") as {
    endpoints: Record<string, unknown>[]
  }
  assert.equal(stats?.average_processing_time, 0)
  assert.equal(stats?.last_error, "")
})

test("all instances answer a question, except those that were closed", async () => {
  const wire = memoryWire()
  const [one] = ["n-1", "n-2"].map((id) => serveService(wire, { ...service, id }))
  const pings = async () => {
    const answers: unknown[] = []
    const inbox = wire.inbox()
    const all = wire.serve(inbox, ({ payload }: Incoming) => answers.push(decode("json", payload)))
    wire.publish("$SRV.PING", new Uint8Array(), inbox)
    await requestOf(wire, "$SRV.PING", new Uint8Array(), NO_HEADERS, 1_000)
    all.close()
    return answers.map((answer) => (answer as { id: string }).id).sort()
  }
  assert.deepEqual(await pings(), ["n-1", "n-2"])
  one?.close()
  assert.deepEqual(await pings(), ["n-2"])
})

test("a version that is not semantic is refused", () => {
  for (const version of ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3+"]) {
    assert.throws(() => serveService(memoryWire(), { ...service, version }), TypeError, version)
  }
  for (const version of ["0.0.0", "1.2.3-rc.1", "1.2.3+build.5", "1.2.3-a-b+c"]) {
    serveService(memoryWire(), { ...service, version })
  }
})

test("an instance is found by the name of its service, if there is one", async () => {
  const wire = memoryWire()
  const find = (name: string) =>
    new Promise<string | undefined>((resolve) => findInstance(wire, name, 50, resolve))
  assert.equal(await find("orders"), undefined)
  serveService(wire, service)
  assert.equal(await find("orders"), "n-1")
  assert.equal(await find("payments"), undefined)
  for (const answer of ["", "{", "[]", '{"id":7}', '{"id":"a.b"}']) {
    wire.serve("$SRV.PING.odd", (message) => message.respond(new TextEncoder().encode(answer)), "q")
    assert.equal(await find("odd"), undefined)
  }
})

test("many endpoints and long errors are cut to one answer, which counts the rest", async () => {
  const wire = memoryWire()
  const [endpoint = assert.fail()] = service.endpoints()
  const all = Array.from({ length: 3_000 }, (_, each) => {
    return {
      ...endpoint,
      name: `e-${each}`,
      lastError: "x".repeat(100_000),
      metadata: { commands: "C ".repeat(50_000) },
    }
  })
  serveService(wire, { ...service, metadata: { zone: "a" }, endpoints: () => all })
  for (const verb of ["INFO", "STATS"]) {
    const told = await ask(wire, `$SRV.${verb}`) as Record<string, unknown>
    assert.ok(JSON.stringify(told).length < 250_000)
    assert.deepEqual(told.metadata, { zone: "a", endpoints_left_out: "2800" })
    assert.equal((told.endpoints as unknown[]).length, 200)
  }
})
