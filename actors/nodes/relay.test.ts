/** Tests of the relay: which commands it sends on, and which it serves itself. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import {
  CONTENT_TYPE,
  decodeOwn,
  encode,
  type Format,
  HEADER,
  type Incoming,
  memoryWire,
  NO_HEADERS,
  type Reply,
  requestOf,
  UNTRIED_ELSEWHERE,
} from "../../wire/internal.ts"
import { announced } from "./membership.suite.ts"
import { Relay } from "./relay.ts"
import { KnownNodes } from "./known-nodes.ts"
import { until } from "../../testing/until.ts"

const NAME = "bank.account"
const payload = Uint8Array.of(7)
/** The first byte of a map in JSON. */
const JSON_BEGIN = 123
const bytes = (text: string) => new TextEncoder().encode(text)

/** A node `here` that relays, next to a node `there`; an id that each of them owns. */
const setUp = ({ patienceMs = 60_000, inFlight = 10, others = ["there"] } = {}) => {
  const wire = memoryWire()
  const knownNodes = new KnownNodes()
  for (const node of ["here", ...others]) {
    knownNodes.hear({ type: "announced", announcement: announced(node) })
  }
  const relay = new Relay({ wire, node: "here", routes: knownNodes, inFlight, patienceMs })
  const served: Incoming[] = []
  const serveHere = (message: Incoming) => {
    served.push(message)
    message.respond(bytes("here"))
  }
  wire.serve("cmd.>", (message) => {
    if (!relay.take(message, NAME, serveHere)) serveHere(message)
  })
  const idOf = (node: string): string => {
    for (let each = 0;; each++) {
      if (knownNodes.nodeOf(NAME, `a-${each}`, 0) === node) return `a-${each}`
    }
  }
  const [mine, theirs] = [idOf("here"), idOf("there")]
  const ask = (id: string, headers = {}) =>
    new Promise<Reply>((resolve) =>
      wire.request(`cmd.${NAME}.${id}.Open`, payload, headers, 5_000, resolve)
    )
  return { wire, knownNodes, relay, served, mine, theirs, ask, idOf }
}

const textOf = (reply: Reply): string =>
  reply.type === "reply" ? new TextDecoder().decode(reply.payload) : reply.type

test("a command for another owner is sent on with our headers, and answered", async () => {
  const { wire, served, theirs, ask } = setUp()
  const received: Incoming[] = []
  wire.serve("own.there.>", (message) => {
    received.push(message)
    message.respond(bytes("there"), { Colour: "blue" })
  })
  const deadline = String(Date.now() + 5_000)
  const headers = { [HEADER.id]: "c-1", [HEADER.deadline]: deadline, traceparent: "t" }
  const strange = { "Nats-Msg-Id": "m-1", "Nats-Rollup": "all", Other: "x" }
  const reply = await ask(theirs, { ...strange, ...headers })
  assert.equal(textOf(reply), "there")
  assert.equal(reply.type === "reply" && reply.headers.Colour, "blue")
  assert.equal(received[0]?.subject, `own.there.${NAME}.${theirs}.Open`)
  assert.deepEqual({ ...received[0]?.headers }, headers)
  assert.deepEqual([...received[0]?.payload ?? []], [7])
  assert.deepEqual(served, [])
})

test("an answer from another node goes to inboxes only as well", async () => {
  const { wire, theirs } = setUp()
  const answered = new Promise<void>((resolve) =>
    wire.serve("own.there.>", (message) => {
      message.respond(bytes("there"))
      resolve()
    })
  )
  wire.serve("evt.>", () => assert.fail("the answer was written to a log"))
  wire.publish(`cmd.${NAME}.${theirs}.Open`, payload, "evt.bank.account.1.x")
  await answered
  await new Promise(setImmediate)
  assert.equal(wire.refusedReplies(), 1)
})

test("a command without an id and a deadline is sent on with both", async () => {
  const { wire, served, theirs, ask } = setUp()
  const received: Incoming[] = []
  wire.serve("own.there.>", (message) => {
    received.push(message)
    wire.interrupt()
    wire.resume()
  })
  void ask(theirs)
  await until(() => served.length !== 0)
  const [sentOn, servedHere] = [received[0]?.headers ?? {}, served[0]?.headers ?? {}]
  assert.match(sentOn[HEADER.id] ?? "", /^[0-9a-f-]{36}$/)
  assert.ok(Number(sentOn[HEADER.deadline]) > Date.now())
  // The owner may have got the command, so a refusal here must be written.
  assert.deepEqual({ ...servedHere }, { ...sentOn, [HEADER.retry]: "true" })
})

test("a command for an actor of this node is served here, unchanged", async () => {
  const { wire, served, mine, ask } = setUp()
  wire.serve("own.>", () => assert.fail("it was sent on"))
  assert.equal(textOf(await ask(mine)), "here")
  assert.deepEqual(served[0]?.headers, NO_HEADERS)
})

test("when the owner's process has ended, its commands are served here", async () => {
  const { wire, knownNodes, served, theirs, ask } = setUp()
  const silent = wire.serve("own.there.>", () => {})
  const complete = { [HEADER.id]: "c-1", [HEADER.deadline]: String(Date.now() + 5_000) }
  const waiting = [ask(theirs), ask(theirs, complete)]
  await new Promise(setImmediate)
  assert.equal(served.length, 0)
  silent.close()
  assert.equal(textOf(await ask(theirs)), "here")
  for (const reply of await Promise.all(waiting)) assert.equal(textOf(reply), "here")
  assert.equal(knownNodes.nodeOf(NAME, theirs, 0), "here")
  const retries = served.map(({ headers }) => headers[HEADER.retry])
  assert.deepEqual(retries.toSorted(), ["true", "true", undefined], "no node got the last one")
  for (const { payload: bytes } of served) assert.deepEqual(bytes, payload)
})

test("when the owner falls silent, its commands are served here", async () => {
  const { wire, theirs, ask } = setUp()
  wire.serve("own.there.bank.>", () => {})
  assert.equal(textOf(await ask(theirs)), "here")
})

test("when the owner takes too long to answer, the command is served here", async () => {
  const { wire, knownNodes, theirs, ask } = setUp({ patienceMs: 20 })
  wire.serve("own.there.>", () => {})
  assert.equal(textOf(await ask(theirs)), "here")
  assert.equal(knownNodes.nodeOf(NAME, theirs, 0), "there")
})

test("that the owner has not answered is told in the format of the command", async () => {
  const { wire, theirs } = setUp({ patienceMs: 20 })
  wire.serve("own.there.>", () => {})
  const told = async (command: Uint8Array, type?: string) => {
    const headers: Record<string, string> = { [HEADER.failover]: "own" }
    if (type !== undefined) headers[HEADER.contentType] = type
    const subject = `cmd.${NAME}.${theirs}.Open`
    const reply = await requestOf(wire, subject, command, headers, 5_000)
    assert.ok(reply.type === "reply" && reply.headers[HEADER.silentNode] === "there")
    const format: Format = reply.payload[0] === JSON_BEGIN ? "json" : "msgpack"
    return [format, (decodeOwn(format, reply.payload) as { title?: unknown }).title]
  }
  const cases: readonly (readonly [Uint8Array, string | undefined, Format])[] = [
    [encode("msgpack", {}), undefined, "msgpack"],
    [encode("msgpack", {}), CONTENT_TYPE.msgpack, "msgpack"],
    [encode("json", {}), undefined, "json"],
    [encode("json", {}), CONTENT_TYPE.json, "json"],
    [encode("json", {}), "image/png", "json"],
  ]
  for (const [command, type, format] of cases) {
    assert.deepEqual(await told(command, type), [format, "Unavailable"], String(type))
  }
})

test("commands beyond the limit in flight, too late or wrong, are served here", async () => {
  const { wire, relay, theirs, ask } = setUp({ inFlight: 1 })
  wire.serve("own.there.>", () => {})
  void ask(theirs)
  await new Promise(setImmediate)
  assert.equal(relay.inFlight, 1)
  assert.equal(textOf(await ask(theirs)), "here")
  const { ask: askElse, theirs: id } = setUp()
  assert.equal(textOf(await askElse(id, { [HEADER.deadline]: "1" })), "here")
  assert.equal(textOf(await askElse(id, { [HEADER.deadline]: "soon" })), "here")
  assert.equal(textOf(await askElse("x".repeat(129))), "here")
})

test("a relay that stops waits for the commands that it has sent on", async () => {
  const { wire, relay, theirs, ask } = setUp()
  const held: Incoming[] = []
  wire.serve("own.there.>", (message) => held.push(message))
  const pending = ask(theirs)
  await new Promise(setImmediate)
  let stopped = false
  const stopping = relay.stop().then(() => stopped = true)
  await new Promise(setImmediate)
  assert.equal(stopped, false)
  held[0]?.respond(bytes("there"))
  assert.equal(textOf(await pending), "there")
  await stopping
})

const saysElsewhere = (value: string) => (message: Incoming) =>
  message.respond(bytes("older"), { [HEADER.elsewhere]: value })

const older = saysElsewhere(UNTRIED_ELSEWHERE)

test("when the owner's code is too old, the command is served here", async () => {
  const { wire, served, theirs, ask } = setUp()
  let answer = older
  wire.serve("own.there.>", (message) => answer(message))
  assert.equal(textOf(await ask(theirs)), "here")
  // It may have stored it: a refusal must rule that out.
  answer = saysElsewhere("tried")
  assert.equal(textOf(await ask(theirs)), "here")
  assert.deepEqual(served.map(({ headers }) => headers[HEADER.retry]), [undefined, "true"])
})

test("when this node's code is too old, the others are asked, the owner last", async () => {
  const { wire, relay, idOf } = setUp({ others: ["there", "new", "old", "gone"] })
  const asked: string[] = []
  const answers = { there: older, old: older, new: (each: Incoming) => each.respond(bytes("new")) }
  for (const node of ["there", "old", "new"] as const) {
    wire.serve(`own.${node}.>`, (message) => {
      asked.push(message.headers[HEADER.retry] === undefined ? node : `${node}, again`)
      answers[node](message)
    })
  }
  const elsewhere = (id: string, headers = {}, isTried = false) =>
    new Promise<Reply>((resolve) => {
      const respond: Incoming["respond"] = (payload, headers = {}) =>
        resolve({ type: "reply", payload, headers })
      const subject = `cmd.${NAME}.${id}.Open`
      const message = { subject, payload, headers, reply: "_INBOX.a", respond }
      const giveUp = (tried: boolean) => respond(bytes(tried ? "gave up, tried" : "gave up"))
      if (!relay.takeElsewhere(message, NAME, isTried, giveUp)) respond(bytes("not taken"))
    })
  const owned = idOf("there")
  assert.equal(textOf(await elsewhere(owned)), "new")
  assert.equal(asked.at(-1), "new")
  assert.ok(!asked.includes("there"), "the owner comes last")
  answers.new = older
  assert.equal(textOf(await elsewhere(owned)), "gave up")
  assert.deepEqual(asked.slice(-3).toSorted(), ["new", "old", "there"])
  assert.equal(asked.at(-1), "there")
  assert.equal(textOf(await elsewhere(owned, {}, true)), "gave up, tried")
  assert.equal(asked.at(-1), "there, again")
  answers.old = saysElsewhere("tried")
  assert.equal(textOf(await elsewhere(owned)), "gave up, tried")
  assert.equal(asked.at(-1), "there, again")
  assert.equal(textOf(await elsewhere(owned, { [HEADER.deadline]: "1" })), "not taken")
})
