/** Tests of the retry client: where a command goes, when it is tried again, and when not. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { RetryClient, type RetryClientOptions } from "./retry-client.ts"
import { HEADER } from "../envelope.ts"
import { Overloaded, rejectionProblem, toProblem, Unavailable } from "../../contracts/errors.ts"
import { serveLiveness } from "./liveness.ts"
import type { Routes } from "./routes.ts"
import { respond, respondProblem } from "../serve.ts"
import { serveService } from "../service.ts"
import type { Incoming, Reply, Serving } from "../wire.ts"
import { memoryWire } from "../memory/wire-memory.ts"
import { until } from "../../testing/until.ts"

const NAME = "orders.order"
const accepted = { position: "orders:1", version: 1, events: 1 }

/** Nodes in an order that is the same for every actor. */
class Line implements Routes {
  readonly lost: string[] = []
  readonly #listeners = new Set<(node: string) => void>()
  #nodes: string[]

  constructor(...nodes: string[]) {
    this.#nodes = nodes
  }

  nodeOf = (_name: string, _id: string, rank: number) => this.#nodes[rank]

  lose = (node: string) => {
    if (!this.#nodes.includes(node)) return
    this.lost.push(node)
    this.#nodes = this.#nodes.filter((each) => each !== node)
    for (const listener of this.#listeners) listener(node)
  }

  onLost = (listener: (node: string) => void): Serving => {
    this.#listeners.add(listener)
    return { close: () => this.#listeners.delete(listener) }
  }
}

const QUICK = { patienceMs: 150, pauseMs: 5, longestPauseMs: 20 }

/** A wire with responders that a test sets, a retry client, and a record of what was sent. */
const setUp = (options: RetryClientOptions = {}) => {
  const wire = memoryWire()
  const retryClient = new RetryClient(wire, { retry: QUICK, ...options })
  const sent: string[] = []
  const ids = new Set<string>()
  const serve = (subject: string, answer: (message: Incoming) => void) =>
    wire.serve(subject, (message) => {
      sent.push(message.subject)
      ids.add(message.headers[HEADER.id] ?? "none")
      answer(message)
    })
  const accept = (message: Incoming) => respond(wire, message, "json", accepted)
  const send = (timeoutMs = 5_000) =>
    new Promise<Reply>((resolve) =>
      retryClient.send(
        NAME,
        "o-1",
        "Place",
        Uint8Array.of(1),
        { [HEADER.id]: "c-1" },
        timeoutMs,
        resolve,
      )
    )
  return { wire, serve, accept, send, sent, ids }
}

const plain = "cmd.orders.order.o-1.Place"
const owned = (node: string) => `own.${node}.orders.order.o-1.Place`

test("a command goes straight to the owner, and without routes to any node", async () => {
  const routed = setUp({ routes: new Line("a", "b") })
  routed.serve("own.>", routed.accept)
  assert.equal((await routed.send()).type, "reply")
  assert.deepEqual(routed.sent, [owned("a")])
  const unrouted = setUp()
  unrouted.serve("cmd.>", unrouted.accept)
  assert.equal((await unrouted.send()).type, "reply")
  assert.deepEqual(unrouted.sent, [plain])
})

test("when the owner is gone, the next node is asked at once, with the same id", async () => {
  const routes = new Line("a", "b")
  const { serve, accept, send, sent, ids } = setUp({ routes })
  serve("own.b.>", accept)
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [owned("b")])
  assert.deepEqual(routes.lost, ["a"])
  assert.deepEqual([...ids], ["c-1"])
})

test("all commands that wait for a lost node are sent elsewhere at once", async () => {
  const routes = new Line("a", "b")
  const { serve, accept, send, sent } = setUp({ routes, retry: { patienceMs: 60_000 } })
  serve("own.a.>", () => {})
  serve("own.b.>", accept)
  const waiting = [send(), send()]
  await new Promise(setImmediate)
  assert.equal(sent.length, 2)
  routes.lose("a")
  for (const reply of await Promise.all(waiting)) assert.equal(reply.type, "reply")
  assert.deepEqual(sent.slice(2), [owned("b"), owned("b")])
})

test("a node that has gone silently is noticed by the commands that wait for it", async () => {
  const routes = new Line("a", "b")
  const { wire, serve, accept, send, sent } = setUp({ routes, retry: { patienceMs: 60_000 } })
  const liveness = serveLiveness(wire, "a")
  serve("own.a.orders.>", () => liveness.close())
  serve("own.b.orders.>", accept)
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [owned("a"), owned("b")])
  assert.deepEqual(routes.lost, ["a"])
})

test("a slow node that answers liveness checks is not lost", async () => {
  const routes = new Line("a", "b")
  const { wire, serve, accept, send, sent } = setUp({ routes, retry: { patienceMs: 60_000 } })
  const held: Incoming[] = []
  let felt = 0
  wire.serve("own.a", (message) => {
    message.respond(new Uint8Array())
    if (++felt === 3) held.forEach(accept)
  })
  serve("own.a.orders.>", (message) => held.push(message))
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [owned("a")])
  assert.deepEqual(routes.lost, [])
})

const service = (id: string) => {
  return { name: "orders", id, version: "1.0.0", description: "", endpoints: () => [] }
}

test("a silent owner is given up for the next node, if that one answers", async () => {
  const { wire, serve, accept, send, sent } = setUp({ routes: new Line("a", "b") })
  serveLiveness(wire, "b")
  serve("own.a.orders.>", () => {})
  serve("own.b.orders.>", accept)
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [owned("a"), owned("b")])
})

test("when the next node hangs as well, a command goes to any node", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b") })
  serve("own.>", () => {})
  serve("cmd.>", accept)
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent.filter((subject) => subject.includes("orders")), [owned("a"), plain])
})

test("when two nodes have fallen silent no third is asked, and a late answer counts", async () => {
  const { wire, serve, accept, send, sent } = setUp({ routes: new Line("a", "b", "c") })
  const held: Incoming[] = []
  for (const node of ["a", "b", "c"]) {
    serveLiveness(wire, node)
    serve(`own.${node}.orders.>`, (message) => held.push(message))
  }
  assert.equal((await send(800)).type, "timeout")
  assert.deepEqual(sent, [owned("a"), owned("b")])
  const late = send(5_000)
  await until(() => held.length === 4)
  held.slice(2).forEach(accept)
  assert.equal((await late).type, "reply")
})

test("a node that answered late does not count as silent: another may be asked", async () => {
  const { wire, serve, send, sent } = setUp({ routes: new Line("a", "b", "c") })
  const held: Incoming[] = []
  for (const node of ["a", "b", "c"]) serveLiveness(wire, node)
  for (const node of ["a", "b"]) serve(`own.${node}.orders.>`, (each) => held.push(each))
  serve("own.c.orders.>", refuse)
  const sending = send()
  await until(() => held.length === 2)
  const since = performance.now()
  await until(() => performance.now() - since > 400)
  assert.equal(sent.length, 2, "nobody else is asked while two say nothing")
  for (const each of held) {
    respondProblem(each, "json", toProblem(new Unavailable({ message: "not now" })))
  }
  await until(() => sent.length > 2)
  for (const each of held.slice(2)) refuse(each)
  assert.equal(titleOf(await sending), "No")
})

test("a silent node is given up for one that answers", async () => {
  const { wire, serve, accept, send, sent } = setUp()
  serve("cmd.>", () => {})
  serve("own.c.>", accept)
  serveService(wire, service("c"))
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [plain, owned("c")])
})

test("when any node may answer, silence is waited for only briefly", async () => {
  const { wire, serve, accept, send, sent } = setUp({
    retry: { patienceMs: 60_000, anyPatienceMs: 50 },
  })
  serve("cmd.>", () => {})
  serve("own.c.>", accept)
  serveService(wire, service("c"))
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [plain, owned("c")])
})

test("an answer that comes after another node was asked still counts", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b") })
  const held: Incoming[] = []
  serve("own.a.>", (message) => held.push(message))
  serve("own.b.>", () => held.forEach(accept))
  assert.equal((await send()).type, "reply")
  assert.deepEqual(sent, [owned("a"), owned("b")])
})

const refuse = (message: Incoming) => respondProblem(message, "json", rejectionProblem("No", {}))

const titleOf = (reply: Reply) => reply.type === "reply" ? reply.headers[HEADER.error] : reply.type

test("a refusal by the first node is not final once others were asked", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b") })
  const held: Incoming[] = []
  serve("own.a.>", (message) => held.push(message))
  serve("own.b.>", (message) => {
    held.forEach(refuse)
    setImmediate(() => accept(message))
  })
  assert.equal(titleOf(await send()), undefined)
  assert.deepEqual(sent, [owned("a"), owned("b")])
})

test("a refusal by a node that knew of the other tries is final", async () => {
  const { serve, send } = setUp({ routes: new Line("a", "b") })
  const retries: (string | undefined)[] = []
  serve("own.a.>", ({ headers }) => retries.push(headers[HEADER.retry]))
  serve("own.b.>", (message) => {
    retries.push(message.headers[HEADER.retry])
    refuse(message)
  })
  assert.equal(titleOf(await send()), "No")
  assert.deepEqual(retries, [undefined, "true"])
})

test("when the other nodes stay silent after such a refusal, a node is asked again", async () => {
  const { serve, send, sent } = setUp({ routes: new Line("a", "b") })
  const held: Incoming[] = []
  serve("own.a.>", (message) => held.push(message))
  serve("own.b.>", () => held.splice(0).forEach(refuse))
  serve("cmd.>", refuse)
  assert.equal(titleOf(await send()), "No")
  assert.ok(sent.length > 2)
})

test("when only one node was asked, it writes no refusal, and its last one counts", async () => {
  const routes = new Line("a")
  const { wire, serve, send, sent } = setUp({ routes })
  serveService(wire, service("a"))
  const tries: Incoming[] = []
  let asked = () => {}
  const thrice = new Promise<void>((resolve) => asked = resolve)
  serve("own.a.>", (message) => {
    if (tries.push(message) === 3) asked()
  })
  const sending = send()
  await thrice
  assert.deepEqual(tries.map(({ headers }) => headers[HEADER.retry]), Array(3).fill(undefined))
  assert.deepEqual(sent, Array(3).fill(owned("a")))
  const refuse = (message: Incoming | undefined, at: number) =>
    respondProblem(message!, "json", rejectionProblem("NotNow", { at }))
  refuse(tries[0], 0)
  refuse(tries[1], 1)
  refuse(tries[2], 2)
  const reply = await sending
  assert.ok(reply.type === "reply")
  assert.equal(JSON.parse(new TextDecoder().decode(reply.payload)).at, 2)
})

test("a try that a node gave up may linger there, so its refusal must be written", async () => {
  const routes = new Line("a")
  const { wire, serve, send } = setUp({ routes })
  serveService(wire, service("a"))
  const retries: (string | undefined)[] = []
  const unavailable = toProblem(new Unavailable({ message: "16 attempts" }))
  const tries: Incoming[] = []
  const answer = (message: Incoming) => {
    retries.push(message.headers[HEADER.retry])
    tries.push(message)
    if (tries.length === 2) {
      // The first is given up; what the second says then is not taken for an answer to both.
      respondProblem(tries[0]!, "json", unavailable)
      respondProblem(tries[1]!, "json", rejectionProblem("NotNow", { at: 1 }))
    } else if (tries.length > 2) {
      respondProblem(message, "json", rejectionProblem("NotNow", { at: 2 }))
    }
  }
  for (const subject of ["own.a.>", "cmd.>"]) serve(subject, answer)
  const reply = await send()
  assert.ok(reply.type === "reply")
  assert.deepEqual(retries, [undefined, undefined, "true"])
  assert.equal(JSON.parse(new TextDecoder().decode(reply.payload)).at, 2)
})

test("a try that no node received does not make the next one a retry", async () => {
  const { serve, send } = setUp({ routes: new Line("a", "b") })
  serve("own.b.>", (message) => {
    assert.equal(message.headers[HEADER.retry], undefined)
    refuse(message)
  })
  assert.equal(titleOf(await send()), "No")
})

test("a command is tried again until a node serves it", async () => {
  const { serve, accept, send, sent } = setUp()
  const pending = send()
  await new Promise(setImmediate)
  serve("cmd.>", accept)
  assert.equal((await pending).type, "reply")
  assert.deepEqual(sent, [plain])
})

test("an interrupted connection is waited for, within the deadline", async () => {
  const { wire, serve, accept, send } = setUp()
  serve("cmd.>", accept)
  wire.interrupt()
  const pending = send()
  assert.equal((await send(30)).type, "disconnected")
  wire.resume()
  assert.equal((await pending).type, "reply")
})

test("Unavailable is tried again, and a rejection of that name is an answer", async () => {
  const { serve, accept, send, sent } = setUp()
  const unavailable = toProblem(new Unavailable({ message: "not now" }))
  const answers = [
    (message: Incoming) => respondProblem(message, "json", unavailable),
    (message: Incoming) => respondProblem(message, "json", unavailable),
    accept,
    (message: Incoming) => respondProblem(message, "json", rejectionProblem("Unavailable", {})),
  ]
  serve("cmd.>", (message) => answers.shift()?.(message))
  const reply = await send()
  assert.equal(reply.type === "reply" && reply.headers[HEADER.error], undefined)
  assert.equal(sent.length, 3)
  const rejected = await send()
  assert.equal(rejected.type === "reply" && rejected.headers[HEADER.errorCode], "409")
  assert.equal(sent.length, 4)
})

test("an outage that will last longer than callers wait is returned at once", async () => {
  const { serve, send, sent } = setUp()
  const lasting = toProblem(new Unavailable({ message: "full", retryAfterMs: 10_000 }))
  serve("cmd.>", (message) => respondProblem(message, "json", lasting))
  const reply = await send()
  assert.equal(reply.type === "reply" && reply.headers[HEADER.error], "Unavailable")
  assert.equal(sent.length, 1)
})

test("Overloaded is an answer, unless the client retries it", async () => {
  const overloaded = toProblem(new Overloaded({ message: "too much", retryAfterMs: 1 }))
  for (const patient of [false, true]) {
    const { serve, accept, send, sent } = setUp({ retry: { ...QUICK, overloaded: patient } })
    serve("cmd.>", (message) => {
      if (sent.length > 1) accept(message)
      else respondProblem(message, "json", overloaded)
    })
    const reply = await send()
    const title = reply.type === "reply" ? reply.headers[HEADER.error] : reply.type
    assert.equal(title, patient ? undefined : "Overloaded")
    assert.equal(sent.length, patient ? 2 : 1)
  }
})

test("after the deadline nothing is sent, and the last reply is the answer", async () => {
  const { serve, send, sent } = setUp()
  assert.equal((await send(40)).type, "no-responders")
  const unavailable = toProblem(new Unavailable({ message: "not now" }))
  serve("cmd.>", (message) => respondProblem(message, "json", unavailable))
  const started = Date.now()
  const reply = await send(40)
  assert.ok(Date.now() - started <= 60)
  assert.equal(reply.type === "reply" && reply.headers[HEADER.error], "Unavailable")
  const tries = sent.length
  assert.equal((await send(0)).type, "reply")
  assert.equal(sent.length, tries + 1)
})

test("a client without retries tries once", async () => {
  const { send } = setUp({ retry: false })
  const started = Date.now()
  assert.equal((await send()).type, "no-responders")
  assert.ok(Date.now() - started < 1_000)
})
