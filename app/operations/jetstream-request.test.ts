/** Tests of requests to JetStream: only an election is waited for, and only up to a limit. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { type Incoming, natsWire } from "../../wire/internal.ts"
import { memoryWire } from "../../wire/memory/wire-memory.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { stateOf } from "./backup-nats.ts"
import { askJetStream, RequestRefused } from "./jetstream-request.ts"

const SUBJECT = "$JS.API.STREAM.INFO.bank"
const what = "the stream bank cannot be looked at"
const request = { subject: SUBJECT, what, payload: new Uint8Array() }
const state = { messages: 7, bytes: 70, first_seq: 1, last_seq: 7 }

const json = (message: Incoming, value: unknown) =>
  message.respond(new TextEncoder().encode(JSON.stringify(value)))

test("a request that no server takes is retried until a leader is elected", async () => {
  const wire = memoryWire()
  const request = wire.request.bind(wire)
  let tries = 0
  const electing = Object.assign(wire, {
    request: (...given: Parameters<typeof request>) => {
      if (++tries === 3) wire.serve(SUBJECT, (message) => json(message, { state }))
      request(...given)
    },
  })
  assert.deepEqual(await stateOf(electing, "bank"), state)
  assert.equal(tries, 3)
})

test("a request that no server takes for too long fails with advice what to check", async () => {
  const begun = performance.now()
  await assert.rejects(askJetStream(memoryWire(), { ...request, electionMs: 600 }), {
    message: `${what}: no server has taken the request for 0.6 s: ` +
      "check that JetStream is enabled for this account and that its servers have a leader",
  })
  const ms = performance.now() - begun
  assert.ok(ms >= 600 && ms < 3_000, `${ms} ms`)
})

test("a server without JetStream is named as such", async (t) => {
  const users = [{ user: "a", password: "a" }]
  const nats = await ownNats(t, { config: { accounts: { a: { users } } } })
  const wire = await natsWire({ url: nats.url.replace("//", "//a:a@"), name: "request test" })
  t.after(() => wire.close())
  const failed = askJetStream(wire, { ...request, electionMs: 600 })
  await assert.rejects(failed, /JetStream (is )?not enabled|check that JetStream is enabled/)
})

test("a request that a server took is not retried, whether refused or unanswered", async () => {
  const wire = memoryWire()
  let taken = 0
  wire.serve(SUBJECT, (message) => {
    if (++taken > 1) json(message, { error: { description: "not found", err_code: 10059 } })
  })
  const silent = askJetStream(wire, { ...request, timeoutMs: 50 })
  await assert.rejects(silent, { message: `${what}: JetStream does not answer (timeout)` })
  assert.equal(taken, 1)
  await assert.rejects(askJetStream(wire, request), (error) => {
    assert.ok(error instanceof RequestRefused)
    return error.code === 10059 && error.message === `${what}: not found`
  })
  assert.equal(taken, 2)
})
