/** Tests of bodies whose length is not said: they come whole in any pieces, or are refused. */
import assert from "node:assert/strict"
import { request } from "node:http"
import { connect } from "node:net"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Hono } from "hono"
import { bodyOf, limitBody } from "./body.ts"
import { CHUNK_BYTES, CHUNKS, REQUEST_BYTES } from "./limits.ts"
import { errorResponse } from "./respond.ts"
import { serveGateway, type ServingGateway } from "./serve.ts"

const JSON_TYPE = { "Content-Type": "application/json" }

/** How long a body may take here, in milliseconds. */
const SLOW_MS = 1_000

describe("a body in chunks", () => {
  let gateway: ServingGateway
  before(async () => {
    const app = new Hono().onError(errorResponse).post("/", limitBody(SLOW_MS), async (context) => {
      const { bytes: body } = await bodyOf(context, SLOW_MS)
      return context.json({ bytes: body.length, sum: body.reduce((sum, byte) => sum + byte, 0) })
    })
    gateway = await serveGateway(app, { port: 0, host: "127.0.0.1" })
  })
  after(() => gateway.stop())

  const send = (pieces: readonly string[]): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(gateway.url, { method: "POST", headers: JSON_TYPE }, (answer) => {
        let text = ""
        answer.on("data", (chunk) => text += String(chunk))
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      sent.on("error", reject)
      for (const piece of pieces) sent.write(piece)
      sent.end()
    })

  test("pieces of a byte make the whole body", async () => {
    const { status, text } = await send(Array.from({ length: CHUNKS }, (_, n) => String(n % 10)))
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(text), { bytes: CHUNKS, sum: CHUNKS * 52.5 })
  })

  test("more pieces are taken when they are large enough", async () => {
    const pieces = Array.from({ length: 2 * CHUNKS }, () => "x".repeat(CHUNK_BYTES))
    assert.equal((await send(pieces)).status, 200)
  })

  test("no piece at all is an empty body", async () => {
    assert.deepEqual(JSON.parse((await send([])).text), { bytes: 0, sum: 0 })
  })

  test("as many bytes as a command may have are taken, and one more is refused", async () => {
    const half = "x".repeat(REQUEST_BYTES / 2)
    assert.equal((await send([half, half])).status, 200)
    const { status, text } = await send([half, half, "x"])
    assert.equal(status, 413)
    assert.match(text, /at most 900000 bytes/)
  })

  /** What the server says before it ends the connection, when these bytes are sent and no more. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1")
      let text = ""
      socket.on("data", (data) => text += String(data))
      socket.on("error", () => {})
      socket.on("close", () => resolve(text))
      socket.write(bytes)
    })

  const HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
  const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`

  test("more pieces of a byte are refused, and the connection is closed", async () => {
    const bytes = `${CHUNKED}${"1\r\nx\r\n".repeat(REQUEST_BYTES)}0\r\n\r\n`
    const text = await raw(bytes)
    assert.match(text, /^HTTP\/1\.1 413 /)
    assert.match(text, /send larger ones, or say its length/)
    assert.match(text, /connection: close/i)
  })

  test("a transfer coding other than chunked is said to be unknown", async () => {
    const text = await raw(`${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`)
    assert.match(text, /^HTTP\/1\.1 501 /)
    assert.match(text, /"title":"NotImplemented".*gzip, chunked/)
  })

  test("a body that does not come in time is refused, however it is sent", async () => {
    for (const begun of [`${CHUNKED}1\r\nx\r\n`, `${HEAD}Content-Length: 10\r\n\r\nx`]) {
      const text = await raw(begun)
      assert.match(text, /^HTTP\/1\.1 408 /)
      assert.match(text, /"title":"RequestTimeout".*within 1000 ms/)
    }
  })
})
