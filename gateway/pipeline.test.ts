/** Tests of many requests on one connection: some are served, and the rest ends the connection. */
import assert from "node:assert/strict"
import { connect } from "node:net"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { Hono } from "hono"
import { PIPELINED, PIPELINED_CUT } from "./limits.ts"
import { serveGateway, type ServingGateway } from "./serve.ts"

describe("requests that wait on one connection", () => {
  let gateway: ServingGateway
  let served = 0
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => release = resolve)
  before(async () => {
    const app = new Hono()
      .get("/", (context) => context.text(`served ${++served}`))
      .get("/held", async (context) => {
        served++
        await held
        return context.text("held")
      })
    gateway = await serveGateway(app, { port: 0, host: "127.0.0.1" })
  })
  after(() => gateway.stop())

  /** What a connection answers to so many requests at once, until it ends. */
  const answersTo = (count: number, path: string, last = ""): Promise<string> =>
    new Promise((resolve) => {
      let text = ""
      const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1")
      socket.on("data", (chunk) => text += String(chunk))
      socket.on("error", () => {})
      socket.on("close", () => resolve(text))
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(count) + last)
    })

  const statuses = (text: string): readonly string[] => text.match(/HTTP\/1\.1 \d+/g) ?? []

  test("as many as may wait are all served, in order", async () => {
    served = 0
    const last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    const text = await answersTo(PIPELINED - 1, "/", last)
    assert.equal(statuses(text).filter((line) => line.endsWith(" 200")).length, PIPELINED)
    assert.deepEqual(
      text.match(/served \d+/g),
      Array.from({ length: PIPELINED }, (_, n) => `served ${n + 1}`),
    )
  })

  test("the next one is refused, and ends the connection after the others' answers", async () => {
    served = 0
    const answered = answersTo(1_000, "/held")
    await until(() => served >= PIPELINED)
    release?.()
    const text = await answered
    assert.equal(served, PIPELINED)
    assert.equal(statuses(text).length, PIPELINED + 1)
    assert.match(text, /HTTP\/1\.1 429 .*\r\n(.*\r\n)*.*"title":"TooManyRequests"/)
  })

  test("a client that goes on sending is cut off", async () => {
    served = 0
    await answersTo(PIPELINED + PIPELINED_CUT + 2, "/never")
    assert.equal(served, 0)
  })
})
