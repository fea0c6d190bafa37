/** Tests of refusals that a retry client gets: when they are final, when they must be written. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { rejectionProblem, toProblem, Unavailable } from "../../contracts/errors.ts"
import { HEADER } from "../header.ts"
import { respondProblem } from "../serve.ts"
import { serveService } from "../service.ts"
import type { Incoming } from "../wire.ts"
import { Line, owned, refuse, service, setUp, titleOf } from "./fixtures/retried.ts"

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
