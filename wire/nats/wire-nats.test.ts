/** Tests that the wire over NATS keeps the claims of every wire and survives a server restart. */
import assert from "node:assert/strict"
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { NO_HEADERS, requestOf, type Wire } from "../wire.ts"
import { wireSuite } from "../wire.suite.ts"
import { natsWire } from "./wire-nats.ts"

const namespace = createNamespace()

wireSuite("the wire over NATS", async () => {
  const { natsUrl } = await namespace
  return await natsWire({ url: natsUrl, name: "test" })
})

const nothing = new Uint8Array()
const ask = (wire: Wire, subject: string) => requestOf(wire, subject, nothing, NO_HEADERS, 10_000)

/** Resolves when the wire next reports this status. */
const untilConnected = (wire: Wire, wanted: boolean): Promise<void> =>
  new Promise((resolve) => {
    const { close } = wire.onStatus((connected) => {
      if (connected !== wanted) return
      close()
      resolve()
    })
  })

test("one connection can ask what another serves", async () => {
  const { natsUrl } = await namespace
  const [server, client] = await Promise.all(
    ["server", "client"].map((name) =>
      natsWire({ url: natsUrl, name, inboxPrefix: `_INBOX_${name}` })
    ),
  ) as [Awaited<ReturnType<typeof natsWire>>, Awaited<ReturnType<typeof natsWire>>]
  server.serve("served.elsewhere", (message) => message.respond(message.payload))
  await server.connection.flush()
  assert.equal((await ask(client, "served.elsewhere")).type, "reply")
  assert.match(client.inbox(), /^_INBOX_client\./)
  await Promise.all([server.close(), client.close()])
})

test("a stream over the subjects of services does not answer for them", async (t) => {
  const { natsUrl } = await namespace
  const wire = await natsWire({ url: natsUrl, name: "test" })
  t.after(() => wire.close())
  const { streams } = await jetstreamManager(wire.connection)
  const subjects = ["cmd.audit.>", "own.*.audit.>", "qry.audit.>"]
  await streams.add({ name: "audit", subjects, max_msgs: 4, discard: DiscardPolicy.New })
  const length = async (subject: string) => {
    const reply = await ask(wire, subject)
    return reply.type === "reply" ? reply.payload.length : reply.type
  }
  for (const subject of ["cmd.audit.a.1.Do", "own.n1.audit.a.1.Do", "qry.audit.a"]) {
    // The stream has answered before it tells of itself.
    wire.serve(subject, (message) => {
      void streams.info("audit").then(() => message.respond(message.payload))
    })
    assert.equal(await length(subject), 0)
  }
  // The stream is full in the end, and refuses.
  for (let more = 0; more < 3; more++) {
    assert.equal(await length("qry.audit.a"), 0)
  }
  assert.equal((await requestOf(wire, "cmd.audit.x", nothing, NO_HEADERS, 200)).type, "timeout")
})

test("a refused subscription leaves the connection working", async (t) => {
  const authorization = {
    users: [{ user: "a", password: "b", permissions: { subscribe: { deny: ["secret.>"] } } }],
  }
  const { url } = await ownNats(t, { config: { authorization } })
  const wire = await natsWire({ url: url.replace("//", "//a:b@"), name: "test" })
  t.after(() => wire.close())
  const received: string[] = []
  wire.serve("secret.plan", () => received.push("secret.plan"))
  wire.serve("open.plan", (message) => message.respond(nothing))
  assert.equal((await ask(wire, "secret.plan")).type, "no-responders")
  assert.equal((await ask(wire, "open.plan")).type, "reply")
  assert.deepEqual(received, [])
})

test("a stopped server fails requests at once, and is used again when it is back", async (t) => {
  const server = await ownNats(t)
  const wire = await natsWire({ url: server.url, name: "test" })
  t.after(() => wire.close())
  wire.serve("echo", (message) => message.respond(message.payload), "queue")
  wire.serve("silence", () => {})
  assert.equal((await ask(wire, "echo")).type, "reply")

  const pending = ask(wire, "silence")
  const lost = untilConnected(wire, false)
  await server.kill()
  await lost
  assert.equal(wire.connected(), false)
  assert.equal((await pending).type, "disconnected")
  assert.equal((await ask(wire, "echo")).type, "disconnected")
  wire.publish("echo", nothing)
  wire.serve("later", (message) => message.respond(message.payload))

  const back = untilConnected(wire, true)
  await server.restart()
  await back
  assert.equal(wire.connected(), true)
  assert.equal((await ask(wire, "echo")).type, "reply")
  assert.equal((await ask(wire, "later")).type, "reply")
})

test("a wire whose server is gone can be closed", async (t) => {
  const server = await ownNats(t)
  const wire = await natsWire({ url: server.url, name: "test" })
  wire.serve("silence", () => {})
  const pending = ask(wire, "silence")
  await Promise.all([server.kill(), wire.close()])
  assert.equal((await pending).type, "disconnected")
})

test("a prefix that is not one of inboxes is refused", async () => {
  const { natsUrl: url } = await namespace
  for (const inboxPrefix of ["answers", "_INBOX_", "_INBOX_a b", "_INBOX.*"]) {
    await assert.rejects(natsWire({ url, name: "test", inboxPrefix }), /no prefix of inboxes/)
  }
})

test("a missing server is reported", async () => {
  await assert.rejects(natsWire({ url: "nats://127.0.0.1:9", name: "test" }), /refused/i)
})
