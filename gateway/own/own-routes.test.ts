/** Tests of an application's own routes and middleware: what they get, and what stays as it is. */
import assert from "node:assert/strict"
import { request } from "node:http"
import type { TestContext } from "node:test"
import { Hono } from "hono"
import { compress } from "hono/compress"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { App, type HttpRoutes } from "../../app/mod.ts"
import { bodyOf, limitBody } from "../body.ts"
import { BODY_MS, OWN_BODY_BYTES } from "../limits.ts"
import { errorResponse } from "../respond.ts"
import { serveGateway } from "../serve.ts"
import { type HttpTools, OwnRoutes } from "./own-routes.ts"
import { Contract, NotFound } from "../../contracts/internal.ts"

const Lamps = Contract.define("room.lamp", {
  commands: { Switch: { on: Schema.Boolean } },
  events: { Switched: { on: Schema.Boolean } },
})

const lamp = Actor.define(Lamps, {
  initial: false,
  decide: { Switch: (_, { on }) => Lamps.events.Switched({ on }) },
  evolve: { Switched: (_, { on }) => on },
})

const running = async (t: TestContext, http: HttpRoutes) => {
  const app = await App.inMemory(App.define("home", { actors: [lamp], http }))
  t.after(() => app.stop())
  return app
}

test("an own route answers, asks the application, and has the usual headers", async (t) => {
  const app = await running(t, (http, { client }) => {
    http.post("/callbacks/:id", async (context) => {
      await client.ask(Lamps, context.req.param("id"), Lamps.commands.Switch({ on: true }))
      return context.text("thank you")
    })
  })
  const answer = await app.fetch("/callbacks/l-1", { method: "POST" })
  assert.deepEqual([answer.status, await answer.text()], [200, "thank you"])
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff")
  assert.equal(answer.headers.get("Cache-Control"), "no-store")
  assert.match(await (await app.fetch("/room/lamp/l-1")).text(), /"state":true/)
})

test("middleware sees every request but the probes and what the door refuses", async (t) => {
  const seen: string[] = []
  const app = await running(t, (http) => {
    http.use(async (context, next) => {
      seen.push(context.req.path)
      await next()
      context.header("X-Seen", "yes")
    })
    http.use("/secret/*", (context) => Promise.resolve(context.text("no", 401)))
  })
  const shown = await app.fetch("/openapi.json")
  assert.deepEqual([shown.status, shown.headers.get("X-Seen")], [200, "yes"])
  assert.equal((await app.fetch("/secret/plan")).status, 401)
  assert.equal((await app.fetch("/nowhere")).status, 404)
  for (const path of ["/livez", "/healthz", "/readyz", "/%ff"]) await app.fetch(path)
  const foreign = { method: "POST", headers: { Origin: "https://evil.example" } }
  assert.equal((await app.fetch("/room/lamp/l-1/Switch", foreign)).status, 403)
  assert.deepEqual(seen, ["/openapi.json", "/secret/plan", "/nowhere"])
})

test("what a route throws is a problem, without its stack", async (t) => {
  const app = await running(t, (http) => {
    http.get("/broken", () => {
      throw new Error("a secret of the program")
    })
    http.get("/missing", () => {
      throw new NotFound({ message: "there is no such thing" })
    })
  })
  const broken = await app.fetch("/broken")
  const text = await broken.text()
  assert.deepEqual([broken.status, JSON.parse(text).title], [500, "Internal"])
  assert.ok(!text.includes("secret"))
  assert.equal((await app.fetch("/missing")).status, 404)
})

test("a path of one's own says its methods, and a route for all paths says none", async (t) => {
  const app = await running(t, (http) => {
    http.get("/mine/:id", (context) => context.text("here"))
    http.delete("/mine/:id", (context) => context.text("gone"))
    http.get("*", (_context, next) => next())
  })
  const options = await app.fetch("/mine/1", { method: "OPTIONS" })
  assert.equal(options.headers.get("Allow"), "GET, HEAD, DELETE, OPTIONS")
  assert.equal((await app.fetch("/mine/1", { method: "POST", body: "{}" })).status, 405)
  assert.equal((await app.fetch("/nowhere", { method: "POST", body: "{}" })).status, 404)
  assert.equal((await app.fetch("/room/lamp/l-1", { method: "PUT", body: "{}" })).status, 405)
  assert.equal((await app.fetch("/healthz", { method: "PUT", body: "{}" })).status, 405)
})

test("compression adds to what caches must know, and takes nothing away", async (t) => {
  const app = await running(t, (http) => http.use(compress({ threshold: 1 })))
  const headers = { "Accept-Encoding": "gzip" }
  const answer = await app.fetch("/openapi.json", { headers })
  assert.equal(answer.headers.get("Content-Encoding"), "gzip")
  const vary = (answer.headers.get("Vary") ?? "").toLowerCase().split(", ").sort()
  assert.deepEqual(vary, ["accept", "accept-encoding", "origin"])
})

test("what is no function is refused where it is defined", () => {
  const http = new Hono() as unknown as HttpRoutes
  assert.throws(() => App.define("home", { actors: [lamp], http }), /home: http/)
})

/** A server with a route of its own, one of the gateway, and middleware that reads all bodies. */
const served = async (t: TestContext) => {
  const app = new Hono().onError(errorResponse)
  const nobody = () => Promise.resolve(undefined)
  const own = new OwnRoutes((http) => {
    http.use("/command", async (context, next) => {
      await context.req.raw.clone().arrayBuffer()
      await next()
    })
    http.post(
      "/own",
      async (context) => context.text(`${(await context.req.arrayBuffer()).byteLength}`),
    )
  }, { client: {} as HttpTools["client"], userOf: nobody })
  own.addTo(app, (path) => path === "/command" ? 1_000 : undefined)
  app.post("/command", limitBody(BODY_MS, () => 1_000), async (context) => {
    return context.text(`${(await bodyOf(context)).bytes.length}`)
  })
  const server = await serveGateway(app, { port: 0, host: "127.0.0.1" })
  t.after(() => server.stop())
  return server.url
}

/** Posts a body, in chunks or with its length. Resolves to the answer, or to what broke off. */
const post = async (url: string, bytes: number, isChunked: boolean): Promise<string> => {
  const piece = new Uint8Array(Math.min(bytes, 65_536))
  let left = bytes
  const chunks = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (left <= 0) return controller.close()
      controller.enqueue(piece.subarray(0, left))
      left -= piece.length
    },
  })
  const body = isChunked ? { body: chunks, duplex: "half" } : { body: new Uint8Array(bytes) }
  const headers = { "Content-Type": "application/json" }
  const answer = await fetch(url, { method: "POST", headers, ...body } as RequestInit)
  return `${answer.status} ${await answer.text()}`
}

/** Says how long a body is, and sends none of it. Resolves to the answer. */
const announce = (url: string, bytes: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": String(bytes) }
    const sent = request(url, { method: "POST", headers }, (answer) => {
      let text = ""
      answer.on("data", (chunk) => text += String(chunk))
      answer.on("end", () => resolve(`${answer.statusCode} ${text}`))
      answer.on("end", () => sent.destroy())
    })
    sent.on("error", reject)
    sent.flushHeaders()
  })

test("the body of every request is bounded, whatever reads it", async (t) => {
  const url = await served(t)
  const tooLarge = /^413 .*at most 4194304 bytes/
  assert.match(await post(`${url}/own`, OWN_BODY_BYTES + 1, true), tooLarge)
  assert.match(await announce(`${url}/own`, OWN_BODY_BYTES + 1), tooLarge)
  for (const isChunked of [false, true]) {
    for (const bytes of [0, 10, 1_000_000, OWN_BODY_BYTES]) {
      assert.equal(await post(`${url}/own`, bytes, isChunked), `200 ${bytes}`)
    }
    for (const bytes of [10, 1_000]) {
      assert.equal(await post(`${url}/command`, bytes, isChunked), `200 ${bytes}`)
    }
    assert.match(await post(`${url}/command`, 1_001, isChunked), /^413 .*at most 1000 bytes/)
  }
})

test("the body of a route in memory is bounded as well", async (t) => {
  const app = await running(t, (http) => {
    http.post("/own", async (context) => context.text(await context.req.text()))
  })
  const send = (bytes: number) => app.fetch("/own", { method: "POST", body: "x".repeat(bytes) })
  assert.equal((await (await send(OWN_BODY_BYTES)).text()).length, OWN_BODY_BYTES)
  assert.equal((await send(OWN_BODY_BYTES + 1)).status, 413)
})
