/** Tests of received messages: our reading of their bytes equals that of the client's parser. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { headers, type Msg } from "nats"
import { createAccount } from "../../testing/namespace.ts"
import { HEADER } from "../header.ts"
import { headersOf, parsedHeaders, subjectOf } from "./incoming-nats.ts"
import { natsWire } from "./wire-nats.ts"

const received = async (subject: string, given: Record<string, string>) => {
  const natsUrl = await createAccount()
  const { connection, close } = await natsWire({ url: natsUrl, name: "incoming test" })
  try {
    return await new Promise<Msg>((resolve) => {
      connection.subscribe("here.*", { callback: (_error, message) => resolve(message) })
      const all = headers()
      for (const [name, value] of Object.entries(given)) all.append(name, value)
      all.append("Twice", "first")
      all.append("Twice", "second")
      connection.publish(subject, "payload", { reply: "here.reply", headers: all })
    })
  } finally {
    await close()
  }
}

test("headers and subject are read from the bytes as the client's parser reads them", async () => {
  const message = await received("here.it", {
    "X-One": " spaced : out ",
    Two: "zwei ü",
    "content-TYPE": "application/json",
  })
  const read = headersOf(message)
  assert.deepEqual(read, parsedHeaders(message))
  assert.equal(read.Twice, "first")
  assert.equal(read[HEADER.contentType], "application/json")
  assert.equal(subjectOf(message), message.subject)
})

test("the status line of the server's own answers is read the same way", async () => {
  const message = await received("nobody.listens", {})
  assert.deepEqual(headersOf(message), parsedHeaders(message))
  assert.equal(headersOf(message).Status, "503")
})

test("a message whose bytes are not available is read by the client's parser", () => {
  const all = headers()
  all.append("Name", "value")
  const message = { headers: all, subject: "a.b" } as unknown as Msg
  assert.deepEqual(headersOf(message), { Name: "value" })
  assert.equal(subjectOf(message), "a.b")
})
