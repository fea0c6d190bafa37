/** Tests of the retry client: where a command goes, when it is tried again, and when not. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import {
  NotFound,
  Overloaded,
  rejectionProblem,
  toProblem,
  Unavailable,
} from "../../contracts/errors.ts"
import { HEADER, UNTRIED_ELSEWHERE } from "../header.ts"
import { respondProblem } from "../serve.ts"
import { serveService } from "../service.ts"
import type { Incoming } from "../wire.ts"
import { Line, owned, plain, QUICK, refuse, service, setUp, titleOf } from "./fixtures/retried.ts"
import { serveLiveness } from "./liveness.ts"

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

const saysElsewhere = (value: string) => (message: Incoming) => {
  const problem = toProblem(new Unavailable({ message: "newer than the code" }))
  respondProblem(message, "json", problem, { [HEADER.elsewhere]: value })
}

const older = saysElsewhere(UNTRIED_ELSEWHERE)

test("when the owner's code is older than the log, the next nodes in line are asked", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b", "c"), retry: QUICK })
  serve("own.a.>", older)
  serve("own.b.>", older)
  serve("own.c.>", accept)
  assert.equal(titleOf(await send()), undefined)
  assert.deepEqual(sent, [owned("a"), owned("b"), owned("c")])
})

test("a node whose code is too old leaves nothing that a refusal must rule out", async () => {
  for (const value of [UNTRIED_ELSEWHERE, "tried"]) {
    const { serve, send } = setUp({ routes: new Line("a", "b", "c"), retry: QUICK })
    const retries: (string | undefined)[] = []
    serve("own.a.>", saysElsewhere(value))
    serve("own.b.>", (message) => {
      retries.push(message.headers[HEADER.retry])
      refuse(message)
    })
    assert.equal(titleOf(await send()), "No")
    assert.deepEqual(retries, [value === "tried" ? "true" : undefined])
  }
})

test("when the whole line is too old, any node is asked, which asks the others", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b", "c"), retry: QUICK })
  serve("own.>", older)
  serve("cmd.>", accept)
  assert.equal(titleOf(await send()), undefined)
  assert.deepEqual(sent, [owned("a"), owned("b"), owned("c"), plain])
})

const unknown = (message: Incoming) => {
  const problem = toProblem(new NotFound({ message: "no command Place" }))
  respondProblem(message, "json", problem, { [HEADER.elsewhere]: UNTRIED_ELSEWHERE })
}

test("a command that an old node does not know is one for a newer node", async () => {
  const { serve, accept, send, sent } = setUp({ routes: new Line("a", "b", "c"), retry: QUICK })
  let answer = accept
  serve("own.a.>", unknown)
  serve("own.b.>", (message) => answer(message))
  serve("own.c.>", unknown)
  serve("cmd.>", unknown)
  assert.equal(titleOf(await send()), undefined)
  assert.deepEqual(sent, [owned("a"), owned("b")])
  answer = unknown
  sent.length = 0
  assert.equal(titleOf(await send()), "NotFound")
  assert.deepEqual(sent, [owned("a"), owned("b"), owned("c"), plain])
})

test("a node that does not know a command rules out no earlier try of it", async () => {
  const { wire, serve, accept, send } = setUp({ routes: new Line("a", "b"), retry: QUICK })
  for (const node of ["a", "b"]) serveLiveness(wire, node)
  let late: Incoming | undefined
  serve("own.a.orders.>", (message) => late = message)
  serve("own.b.orders.>", unknown)
  serve("cmd.>", (message) => {
    unknown(message)
    if (late) setImmediate(accept, late)
    late = undefined
  })
  assert.equal(titleOf(await send()), undefined)
})

test("nodes whose code is too old do not count among the nodes that may be asked", async () => {
  // In a roll nodes come and go: the line has another owner at each try.
  const line = ["a", "b", "c", "d", "e", "f"]
  const routes = Object.assign(new Line(), { nodeOf: () => line[sent.length] })
  const { serve, accept, send, sent } = setUp({ routes, retry: QUICK })
  for (const node of line.slice(0, -1)) serve(`own.${node}.>`, older)
  serve("cmd.>", older)
  serve("own.f.>", accept)
  assert.equal(titleOf(await send()), undefined)
  assert.deepEqual(sent, [owned("a"), owned("b"), owned("c"), plain, owned("e"), owned("f")])
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
  const cameAt: number[] = []
  serve("cmd.>", (message) => {
    cameAt.push(Date.now())
    respondProblem(message, "json", unavailable)
  })
  const deadline = Date.now() + 40
  const reply = await send(40)
  assert.ok(cameAt.length > 0)
  assert.deepEqual(cameAt.filter((each) => each > deadline + 1), [])
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
