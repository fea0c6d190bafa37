/** Tests of encrypted connections to NATS: the server's certificate is always checked. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { makeCertificates } from "../../testing/certificates.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { natsWire } from "./wire-nats.ts"

test("only a server with a certificate of the authority is accepted", async (t) => {
  const { ca, cert, key } = await makeCertificates(t)
  const tls = { cert_file: cert, key_file: key }
  const users = { authorization: { user: "u", password: "p-1" } }
  const nats = await ownNats(t, { config: { tls, ...users } })
  const url = nats.url.replace("nats://", "tls://u:p-1@")
  const wire = await natsWire({ url, name: "test", caFile: ca })
  const served = wire.serve("x", (message) => message.respond(message.payload))
  const reply = await new Promise((resolve) =>
    wire.request("x", new Uint8Array([1, 2]), {}, 5_000, (answer) => resolve(answer.type))
  )
  assert.equal(reply, "reply")
  served.close()
  await wire.close()
  await assert.rejects(natsWire({ url, name: "test" }), /certificate|UnknownIssuer/i)
  const other = await makeCertificates(t)
  await assert.rejects(natsWire({ url, name: "test", caFile: other.ca }), /certificate|issuer/i)
})

test("a client that asks for encryption sends no password to a server without it", async (t) => {
  const nats = await ownNats(t)
  const { ca } = await makeCertificates(t)
  const url = nats.url.replace("nats://", "tls://u:p-1@")
  await assert.rejects(natsWire({ url, name: "test" }), /tls/i)
  await assert.rejects(natsWire({ url: nats.url, name: "test", caFile: ca }), /tls/i)
})
