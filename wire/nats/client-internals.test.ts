/** Tests that the wire keeps every claim without the private parts of the NATS client library. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { connect, type Msg, type NatsConnection } from "nats"
import { createNamespace } from "../../testing/namespace.ts"
import { wireSuite } from "../wire.suite.ts"
import { headerBytesOf, senderOf, subjectBytesOf, warnOnce } from "./client-internals.ts"
import { wireOver } from "./wire-nats.ts"

const namespace = createNamespace()

/** A message with only the members that the library's interface promises. */
const publicMessage = (message: Msg): Msg =>
  ({
    subject: message.subject,
    reply: message.reply,
    data: message.data,
    headers: message.headers,
  }) as Msg

/** A connection that hides its private parts, and those of the messages that it delivers. */
const publicOnly = (connection: NatsConnection): NatsConnection =>
  new Proxy(connection, {
    get(target, name) {
      if (name === "protocol") return undefined
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== "function") return member
      if (name !== "subscribe") return member.bind(target)
      const subscribe: NatsConnection["subscribe"] = (subject, options) =>
        target.subscribe(subject, {
          ...options,
          callback: (error, message) =>
            options?.callback?.(error, message && publicMessage(message)),
        })
      return subscribe
    },
  })

const connection = async () => {
  const { natsUrl } = await namespace
  const { host, username: user, password: pass } = new URL(natsUrl)
  return await connect({ servers: host, ...user === "" ? {} : { user, pass } })
}

wireSuite(
  "the wire over NATS by the public interface of its client",
  async () => wireOver(publicOnly(await connection())),
)

test("each missing private part is reported once, and a present one is not reported", async (t) => {
  const own = await connection()
  t.after(() => own.close())
  const lines: string[] = []
  const warn = warnOnce((line) => lines.push(line))
  const message = await new Promise<Msg>((resolve) => {
    own.subscribe("here", { callback: (_, message) => resolve(message) })
    own.publish("here", "payload")
  })
  assert.ok(senderOf(own, warn) && subjectBytesOf(message, warn) && headerBytesOf(message, warn))
  assert.deepEqual(lines, [])
  for (let time = 0; time < 2; time++) {
    assert.equal(senderOf(publicOnly(own), warn), undefined)
    assert.equal(subjectBytesOf(publicMessage(message), warn), undefined)
    assert.equal(headerBytesOf(publicMessage(message), warn), undefined)
  }
  assert.equal(lines.length, 3)
  assert.match(
    lines[0]!,
    /^protocol\.sendCommand of the NATS client .* install @nats-io\/transport-node ~3\.4\.0/,
  )
})

test("a private part that is not as expected is not used", () => {
  const odd = [{ protocol: { sendCommand: "x" } }, { protocol: { sendCommand: () => {} } }, {}]
  const missing: string[] = []
  for (const each of odd) {
    senderOf(each as unknown as NatsConnection, (name) => missing.push(name))
  }
  assert.equal(missing.length, odd.length)
})
