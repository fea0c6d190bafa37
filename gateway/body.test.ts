/** Tests of bodies whose length is not said: they come whole in any pieces, or are refused. */
import assert from "node:assert/strict"
import { request } from "node:http"
import { connect } from "node:net"
import { after, before, describe, test } from "node:test"
import { Hono } from "hono"
import { bodyOf, limitBody } from "./body.ts"
import { CHUNK_BYTES, CHUNKS, REQUEST_BYTES } from "./limits.ts"
import { serveGateway, type ServingGateway } from "./serve.ts"

const JSON_TYPE = { "Content-Type": "application/json" }

describe("a body in chunks", () => {
  let gateway: ServingGateway
  before(async () => {
    const app = new Hono().post("/", limitBody, async (context) => {
      const body = await bodyOf(context)
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

  test("more pieces of a byte are refused, and the connection is cut off", async () => {
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
    socket.on("error", () => {})
    let answer = ""
    socket.setEncoding("utf8").on("data", (text: string) => answer += text)
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
    socket.write(`Transfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(CHUNKS + 1)}`)
    await closed
    assert.match(answer, /^HTTP\/1.1 413/)
    assert.match(answer, /send larger ones, or say its length/)
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
})
