/** The door of a real server: what raw requests say of hosts and senders is what it sees. */
import assert from "node:assert/strict"
import { connect } from "node:net"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Hono } from "hono"
import { Backlog } from "./backlog.ts"
import { door, LOOPBACK_HOSTS } from "./door.ts"
import { eventStream } from "./event-stream.ts"
import { serveGateway, type ServingGateway } from "./serve.ts"

const HOST = "127.0.0.1"

describe("a raw request", () => {
  let gateway: ServingGateway
  let port = 0
  let taken = 0
  before(async () => {
    const app = new Hono().use(door({ hosts: [...LOOPBACK_HOSTS, "proxy.example"] }))
    app.post("*", (context) => {
      taken++
      return context.text("taken")
    })
    app.get("/events", (context) => {
      const first = { kind: "result", data: "1", position: "" } as const
      return eventStream(context, first, () => ({ close: () => {} }), { backlog: new Backlog() })
    })
    app.get("*", (context) => context.text("read"))
    gateway = await serveGateway(app, { port: 0, host: HOST })
    port = Number(new URL(gateway.url).port)
  })
  after(() => gateway.stop())

  /** The status that these lines are answered with; 0 when the connection ends without one. */
  const ask = (...lines: readonly string[]): Promise<number> =>
    new Promise((resolve) => {
      const socket = connect(port, HOST)
      let text = ""
      socket.on("data", (data) => {
        text += String(data)
        const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
        if (status === undefined) return
        resolve(Number(status))
        socket.destroy()
      })
      socket.on("close", () => resolve(0))
      socket.on("error", () => resolve(0))
      socket.write(`${lines.join("\r\n")}\r\n\r\n`)
    })

  const refused = async (...lines: readonly string[]) => {
    const status = await ask(...lines)
    assert.ok([400, 421].includes(status), `${status} for ${lines.join(" | ")}`)
  }

  test("by the names of this machine, and those that are allowed, is let in", async () => {
    const names = [HOST, `${HOST}:${port}`, "localhost", `[::1]:${port}`, "proxy.example"]
    for (const host of names) {
      assert.equal(await ask("GET /a HTTP/1.1", `Host: ${host}`), 200)
      assert.equal(await ask("GET /events HTTP/1.1", `Host: ${host}`), 200)
    }
  })

  test("by any other name, by two, by none, or in a URL as a whole, is refused", async () => {
    for (const path of ["/a", "/events", "/"]) {
      await refused(`GET ${path} HTTP/1.1`, "Host: evil.example")
      await refused(`GET ${path} HTTP/1.1`, `Host: evil.example:${port}`)
      await refused(`GET ${path} HTTP/1.1`, "Host: localhost", "Host: evil.example")
      await refused(`GET ${path} HTTP/1.1`, "Host: evil.example", "Host: localhost")
      await refused(`GET ${path} HTTP/1.1`, "Host:")
      await refused(`GET ${path} HTTP/1.1`)
      await refused(`GET http://evil.example${path} HTTP/1.1`, "Host: localhost")
      await refused(`GET http://localhost${path} HTTP/1.1`, "Host: evil.example")
    }
  })

  test("with two values of what has one is refused", async () => {
    for (const name of ["Content-Type", "Idempotency-Key", "If-Match", "HOST"]) {
      const lines = ["Host: localhost", "Content-Length: 0", `${name}: localhost`]
      if (name !== "HOST") lines.push(`${name.toLowerCase()}: other`)
      assert.equal(await ask("POST /a HTTP/1.1", ...lines), 400, name)
    }
  })

  test("that a page of another site sends is refused before it is taken", async () => {
    const posted = (...lines: string[]) =>
      ask("POST /a HTTP/1.1", "Host: localhost", "Content-Length: 0", ...lines)
    taken = 0
    assert.equal(await posted("Origin: https://evil.example"), 403)
    assert.equal(await posted("Sec-Fetch-Site: cross-site"), 403)
    assert.equal(await posted("sec-fetch-site: same-site"), 403)
    assert.equal(await posted("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"), 403)
    assert.equal(await posted("Origin: http://localhost", "Origin: https://evil.example"), 403)
    assert.equal(taken, 0)
    assert.equal(await posted(), 200)
    assert.equal(await posted("Origin: http://localhost", "Sec-Fetch-Site: same-origin"), 200)
    assert.equal(taken, 2)
  })
})
