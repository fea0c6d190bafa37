/** Tests of what all answers have in common: their headers, and which methods a path has. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Hono } from "hono"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import { Contract, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { logThrough } from "../wire/internal.ts"
import { REQUEST_BYTES } from "./limits.ts"
import { errorResponse } from "./respond.ts"

const Lamps = Contract.define("room.lamp", {
  commands: { Switch: { on: Schema.Boolean }, Break: {} },
  internal: { Repair: {} },
  events: { Switched: { on: Schema.Boolean } },
  rejections: { AlreadySo: {} },
})

const lamp = Actor.define(Lamps, {
  initial: false,
  decide: {
    Switch: (lit, { on }) =>
      lit === on ? Lamps.rejections.AlreadySo() : Lamps.events.Switched({ on }),
    Break: () => {
      throw new Error("broken on purpose")
    },
    Repair: () => [],
  },
  evolve: { Switched: (_, { on }) => on },
})

const LampList = Projection.define("room.lamp-list", {
  from: [Lamps],
  row: { id: Schema.String, on: Schema.Boolean },
  key: "id",
  on: { Switched: (_row, { on }, { id }) => ({ id, on }) },
})

const Lit = Query.define("room.lit", { params: {}, result: Schema.Array(Schema.String) })

const lit = QueryHandler.define(Lit, {
  from: [LampList],
  memory: (_, { rows }) => rows(LampList).filter(({ on }) => on).map(({ id }) => id),
  sql: () => Promise.resolve([]),
})

const JSON_TYPE = { "Content-Type": "application/json" }
const EVENTS = { Accept: "text/event-stream" }

type Sent = readonly [status: number, path: string, init?: RequestInit]

const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body,
  headers: { ...JSON_TYPE, ...headers },
})

describe("every answer", () => {
  let app: RunningApp
  before(async () => {
    app = await App.inMemory(
      App.define("room", { actors: [lamp], projections: [LampList], queries: [lit] }),
    )
    const sent = await app.fetch("/room/lamp/l-1/Switch", post('{"on":true}'))
    await app.caughtUp(await sent.json() as { position: string })
  })
  after(() => app.stop())

  const SWITCH = "/room/lamp/l-2/Switch"

  const all: Sent[] = [
    [200, "/livez"],
    [200, "/healthz"],
    [200, "/readyz"],
    [200, "/openapi.json"],
    [200, "/asyncapi.json"],
    [200, "/room/lamp/l-1"],
    [200, "/room/lamp/l-1/history"],
    [200, "/room/lamp-list/l-1"],
    [200, "/room/lit"],
    [200, "/room/lit", { headers: { Accept: "text/html" } }],
    [200, "/room/lit", { headers: EVENTS }],
    [200, "/room/lamp-list/l-1", { headers: EVENTS }],
    [200, SWITCH, post('{"on":true}')],
    [409, SWITCH, post('{"on":true}')],
    [400, SWITCH, post("{")],
    [400, "/room/lamp/%ff"],
    [403, SWITCH, post('{"on":true}', { "Sec-Fetch-Site": "cross-site" })],
    [404, "/nothing"],
    [404, "/room/nothing"],
    [404, "/room/lamp/never"],
    [404, "/room/lamp-list/never"],
    [404, "/room/lamp/l-1/Repair", post("{}")],
    [405, "/readyz", post("{}")],
    [405, "/room/lit", post("{}")],
    [412, SWITCH, post('{"on":true}', { "If-Match": '"7"' })],
    [413, SWITCH, post("x".repeat(REQUEST_BYTES + 1))],
    [415, SWITCH, post("x", { "Content-Type": "text/plain" })],
    [422, SWITCH, post("{}")],
    [422, "/room/lit?a=1&a=2"],
    [422, `/room/lit?${Array.from({ length: 65 }, (_, each) => `p${each}=1`).join("&")}`],
    [500, "/room/lamp/l-2/Break", post("{}")],
    [504, "/room/lit", { headers: { "Leftfold-After": "room:5", Prefer: "wait=0" } }],
  ]

  test("is kept nowhere, is what its type says, and is for its own site", async () => {
    for (const [status, path, init] of all) {
      const response = await app.fetch(path, init)
      const what = `${init?.method ?? "GET"} ${path} ${JSON.stringify(init?.headers)}`
      assert.equal(response.status, status, what)
      const { headers } = response
      assert.equal(headers.get("Cache-Control"), "no-store", what)
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff", what)
      assert.equal(headers.get("Cross-Origin-Resource-Policy"), "same-origin", what)
      assert.match(headers.get("Vary") ?? "", /\bAccept\b/, what)
      assert.equal(headers.get("Access-Control-Allow-Origin"), null, what)
      const type = status >= 400
        ? /^application\/problem\+json$/
        : /^(application\/json|text\/event-stream)/
      assert.match(headers.get("Content-Type") ?? "", type, what)
      await response.body?.cancel()
    }
  })

  test("to HEAD has the headers of GET and no body, and opens no stream", async () => {
    for (const [status, path, init] of all) {
      if (init?.method !== undefined) continue
      const response = await app.fetch(path, { ...init, method: "HEAD" })
      assert.equal(response.status, status, path)
      assert.equal(await response.text(), "", path)
      assert.equal(response.headers.get("Cache-Control"), "no-store", path)
      assert.match(response.headers.get("Content-Type") ?? "", /json$/, path)
    }
  })

  test("to a method that a path does not have says which it has", async () => {
    const known: [string, string][] = [
      ["/livez", "GET, HEAD, OPTIONS"],
      ["/openapi.json", "GET, HEAD, OPTIONS"],
      ["/asyncapi.json", "GET, HEAD, OPTIONS"],
      ["/room/lit", "GET, HEAD, OPTIONS"],
      ["/room/lamp/l-1", "GET, HEAD, OPTIONS"],
      ["/room/lamp/l-1/history", "GET, HEAD, OPTIONS"],
      ["/room/lamp-list/l-1", "GET, HEAD, OPTIONS"],
      [SWITCH, "POST, OPTIONS"],
    ]
    for (const [path, allow] of known) {
      for (
        const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
      ) {
        const response = await app.fetch(path, { method })
        await response.body?.cancel()
        const allowed = allow.includes(method)
        assert.equal(response.status === 405, !allowed, `${method} ${path} ${response.status}`)
        assert.equal(response.status === 204, method === "OPTIONS", `${method} ${path}`)
        const said = method === "OPTIONS" || !allowed
        assert.equal(response.headers.get("Allow"), said ? allow : null)
      }
    }
  })

  test("that a client already has is 304, and that it does not expect is 412", async () => {
    const paths = ["/room/lamp/l-1", "/room/lamp/l-1/history", "/room/lit", "/room/lamp-list/l-1"]
    for (const path of [...paths, "/openapi.json", "/asyncapi.json"]) {
      const tag = (await app.fetch(path)).headers.get("ETag") ?? ""
      assert.match(tag, /^"[\w-]+"$/, path)
      for (const method of ["GET", "HEAD"]) {
        const ask = (headers: Record<string, string>) => app.fetch(path, { method, headers })
        const same = await ask({ "If-None-Match": `"x", W/${tag}` })
        assert.deepEqual([same.status, same.headers.get("ETag"), await same.text()], [304, tag, ""])
        assert.equal((await ask({ "If-None-Match": '"x"', "If-Match": tag })).status, 200, path)
        assert.equal((await ask({ "If-Match": '"x"' })).status, 412, path)
      }
    }
    const never = { headers: { "If-None-Match": "*" } }
    assert.equal((await app.fetch("/room/lamp/l-1", never)).status, 304)
  })

  test("to a command says what the RFC says of each precondition", async () => {
    const ask = async (id: string, on: boolean, headers: Record<string, string>) =>
      (await app.fetch(`/room/lamp/${id}/Switch`, post(`{"on":${on}}`, headers))).status
    assert.equal(await ask("p-1", true, { "If-Match": "*" }), 412)
    assert.equal(await ask("p-1", true, { "If-None-Match": "*" }), 200)
    assert.equal(await ask("p-1", false, { "If-None-Match": "*" }), 412)
    assert.equal(await ask("p-1", false, { "If-None-Match": 'W/"1"' }), 412)
    assert.equal(await ask("p-1", false, { "If-Match": 'W/"1"' }), 412)
    assert.equal(await ask("p-1", false, { "If-Match": '"7", "1"' }), 200)
    assert.equal(await ask("p-1", true, { "If-Match": "*", "If-None-Match": '"1"' }), 200)
    const again = { "If-None-Match": "*", "Idempotency-Key": "once" }
    assert.deepEqual([await ask("p-2", true, again), await ask("p-2", true, again)], [200, 200])
  })

  test("that cannot be has a 415 that says what can, and a 406", async () => {
    const gzip = post("x", { "Content-Encoding": "gzip" })
    for (const init of [gzip, post("{}", { "Content-Type": "application/json; charset=utf-16" })]) {
      const { status, headers } = await app.fetch(SWITCH, init)
      assert.equal(status, 415)
      assert.equal(headers.get("Accept"), "application/json, application/protobuf")
      assert.equal(headers.get("Accept-Encoding"), "identity")
    }
    const coded = { headers: { "Accept-Encoding": "gzip, identity;q=0" } }
    assert.equal((await app.fetch("/room/lit", coded)).status, 406)
    const plain = post('{"on":true}', {
      ...{ "Content-Type": 'application/json; charset="UTF-8"', "Content-Encoding": "identity" },
      traceparent: "not a trace",
      ...{ tracestate: "=,;", baggage: "\u00e4=%ff" },
    })
    assert.equal((await app.fetch("/room/lamp/plain/Switch", plain)).status, 200)
  })

  test("where there is nothing is the same for any method", async () => {
    for (const path of ["/", "/a", "/room/lamp/l-1/Sing", "/room/lamp/l-1/Repair", "/a/b/c/d/e"]) {
      for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
        assert.equal((await app.fetch(path, { method })).status, 404, `${method} ${path}`)
      }
    }
  })
})

test("a bug of the gateway itself is logged with what its client sent to know it by", async () => {
  const told: unknown[] = []
  const before = logThrough({
    error: (line, fields) => void told.push([/a bug/.test(line), fields]),
    warning: () => {},
    info: () => {},
  })
  const app = new Hono().get("/", (context) => errorResponse(new Error("a bug"), context))
  const headers = { "Idempotency-Key": "c-g", "Leftfold-Correlation-Id": "request-g" }
  const { status } = await Promise.resolve(app.request("/", { headers }))
    .finally(() => logThrough(before))
  assert.equal(status, 500)
  assert.deepEqual(told, [[true, { correlation: "request-g", command: "c-g" }]])
})
