/** Attacks by headers: sizes, copies, injection, and each header that the gateway reads. */
import { Buffer } from "node:buffer"
import type { Attack, AttackClass } from "../attack-case.ts"
import { type Expected, HARMLESS, httpAttack, receiveAt, REFUSED } from "./http-attack.ts"
import { ask, command, exchange, JSON_BODY } from "./raw-http.ts"

const BODY = '{"quantity":1}'
const short = (text: string) => text.length > 50 ? `${text.slice(0, 30)}… (${text.length})` : text
const latin = (text: string) => Buffer.from(text, "utf8").toString("latin1")

const onCommand = (lines: readonly string[], expected: readonly number[]): Attack =>
  httpAttack(
    `a command with ${
      lines.length > 3 ? `${lines.length} headers` : lines.map(short).join(" and ")
    }`,
    (scene) => ({
      method: "POST",
      path: receiveAt(scene),
      headers: [JSON_BODY, ...lines],
      body: BODY,
    }),
    expected,
  )

const onQuery = (lines: readonly string[], expected: Expected | readonly number[]): Attack =>
  httpAttack(
    `a query with ${lines.length > 3 ? `${lines.length} headers` : lines.map(short).join(" and ")}`,
    { path: "/stock/totals", headers: lines },
    expected,
  )

/** An impossible position is refused at once. A position that may come is waited for. */
const SOON: Expected = {
  statuses: [...REFUSED, 504],
  words: "refused within a second",
  check: ({ ms }) => ms > 1_000 ? `refused after ${ms.toFixed(0)} ms` : undefined,
}

/** A stream after an impossible position begins at once. */
const comeBack = (value: string): Attack => ({
  name: `a stream with Last-Event-ID: ${short(value)}`,
  expected: "a stream within a second, or refused",
  isOneRequest: true,
  run: async ({ victim }) => {
    const { http } = victim.ports
    const lines = [`GET /stock/totals HTTP/1.1`, `Host: 127.0.0.1:${http}`]
      .concat("Accept: text/event-stream", `Last-Event-ID: ${value}`)
    const bytes = `${lines.join("\r\n")}\r\n\r\n`
    const { status, raw } = await exchange(http, bytes, { timeoutMs: 1_000, until: /\ndata: / })
    if (REFUSED.includes(status)) return undefined
    return status === 200 && raw.includes("\ndata: ") ? undefined : raw.slice(0, 200)
  },
})

const notTokens = ["a b", "é", "a\tb", "k".repeat(257), "k".repeat(5_000), '"a b"']

const tokenHeaders = ["Idempotency-Key", "Leftfold-Correlation-Id", "Leftfold-Causation-Id"]

const notVersions = [
  ...[
    "1",
    '"x"',
    '"-1"',
    '"1.5"',
    '"1e3"',
    `"${"9".repeat(16)}"`,
    '"1", "2"',
    'W/"x"',
    '""',
    "null",
  ],
]

const notPositions = [
  ...["orders", "orders:", ":1", "orders:x", "orders:-1", "orders:1.5", "orders:1e9", "orders:1:2"],
  ...[
    "$SYS:1",
    "orders:99999999999999999999",
    "orders:1,,stock:1",
    ",",
    "orders:1;stock:1",
  ],
  ...["orders:NaN", "orders:0x10", "__proto__:1", "stock:999999999999999", "stock:1e308"],
  `stock:${"1".repeat(5_000)}`,
  Array.from({ length: 700 }, (_, n) => `stock:${99_999_999_000 + n}`).join(","),
]

/** Positions that a fast-growing log may reach within the wait, so they are waited for. */
const nearPositions = Array.from({ length: 800 }, (_, n) => `stock:${n}`).join(",")

const waits = [
  "wait=0",
  "wait=-1",
  "wait=1e9",
  "wait=999999",
  "wait=x",
  "respond-async",
  "wait=;wait=1",
]

const foreign = [
  ...["Nats-Rollup: all", "Nats-Msg-Id: x", "Nats-Expected-Stream: x", "Nats-TTL: 1s"],
  ...["Nats-Expected-Last-Subject-Sequence: 7", "Nats-Schedule: @at 2030-01-01T00:00:00Z"],
  ...["Nats-Service-Error-Code: 500", "Leftfold-Deadline: 1", "Leftfold-Expected-Version: 77"],
  ...["Leftfold-Command-Id: x y", "Status: 503", "X-HTTP-Method-Override: DELETE"],
  ...["X-Forwarded-For: 127.0.0.1", "X-Original-URL: /orders/order/x/CompleteOrder"],
  ...["X-Rewrite-URL: /orders/order/x/CompleteOrder", "Forwarded: for=x", "Via: 1.1 x"],
  ...["Upgrade-Insecure-Requests: 1", "Cookie: " + "a=b; ".repeat(1_000)],
]

const stored: Attack = {
  name: "Leftfold-Principal over HTTP",
  expected: "the event is stored without that principal",
  run: async (scene) => {
    const { http } = scene.victim.ports
    const path = receiveAt(scene)
    const said = await command(http, path, { quantity: 1 }, ["Leftfold-Principal: admin@bank"])
    if (REFUSED.includes(said.status)) return undefined
    const history = await ask(http, { path: path.replace("ReceiveStock", "history") })
    return history.body.includes("admin@bank") ? history.body.slice(0, 300) : undefined
  },
}

const answered = (name: string, path: string, headers: readonly string[], wanted: RegExp): Attack =>
  httpAttack(name, { path, headers }, {
    statuses: [200, 404, 422],
    words: `headers of the answer match ${wanted}`,
    check: ({ raw }) => wanted.test(raw) ? undefined : raw.split("\r\n\r\n")[0],
  })

/** The class. */
export const headers: AttackClass = {
  name: "headers",
  attacks: () => [
    ...tokenHeaders.flatMap((name) =>
      notTokens.map((value) => onCommand([`${name}: ${latin(value)}`], REFUSED))
    ),
    ...["x".repeat(257), "a b", "00-zz", "é"].map((value) =>
      onCommand([`traceparent: ${latin(value)}`], HARMLESS)
    ),
    ...notVersions.map((value) => onCommand([`If-Match: ${value}`], REFUSED)),
    onCommand(['If-Match: "1"', 'If-Match: "2"'], REFUSED),
    onCommand(['If-Match: "5"'], [412]),
    ...waits.map((value) => onCommand([`Prefer: ${value}`], [200, 400, 422, 504])),
    ...notPositions.map((value) => onQuery([`Leftfold-After: ${value}`], SOON)),
    ...notPositions.map(comeBack),
    onQuery([`Leftfold-After: ${nearPositions}`, "Prefer: wait=1"], [200, 504]),
    ...["0", "x", "1,2"].map((value) => onCommand([`Leftfold-Retry: ${value}`], HARMLESS)),
    ...foreign.map((line) => onCommand([line], HARMLESS)),
    stored,
    onCommand(["Idempotency-Key: a", "Idempotency-Key: b"], REFUSED),
    onCommand(["Idempotency-Key:"], HARMLESS),
    onCommand([`X-Long: ${"x".repeat(15_000)}`], HARMLESS),
    onCommand([`X-Long: ${"x".repeat(20_000)}`], [431]),
    onCommand([`X-Long: ${"x".repeat(400_000)}`], [431]),
    onCommand(Array.from({ length: 150 }, (_, n) => `X-${n}: ${"x".repeat(200)}`), [431]),
    onCommand(Array.from({ length: 1_000 }, (_, n) => `X-${n}: 1`), HARMLESS),
    onCommand(Array.from({ length: 2_500 }, () => "X: 1"), HARMLESS),
    onCommand(["X-Null: a\0b"], [400]),
    onCommand(["X-Bare: a\nX-Injected: 1"], [400, 200]),
    onCommand(["X-Return: a\rb"], [400]),
    onCommand(["No colon"], [400]),
    onCommand([": no name"], [400]),
    onCommand(["X Space: 1"], [400]),
    onCommand(["X-Space : 1"], [400]),
    onCommand(["X-é: 1"], [400, 200]),
    onCommand([" X-Folded: 1"], [400, 415, 200]),
    onCommand(["__proto__: 1", "constructor: 1"], HARMLESS),
    onCommand(["Expect: something"], [417]),
    onCommand(["Expect: 100-continue"], [200, 100]),
    onQuery(["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x"], HARMLESS),
    onQuery(["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: x"], HARMLESS),
    onQuery(["Accept: " + "text/event-stream,".repeat(500) + "x"], HARMLESS),
    onQuery(["Accept: application/xml"], HARMLESS),
    onQuery(["Range: bytes=0-0,1-1,2-2"], HARMLESS),
    onQuery(["If-None-Match: *"], HARMLESS),
    onQuery(["If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"], HARMLESS),
    onQuery(["Accept-Encoding: gzip, br, zstd, *;q=0"], HARMLESS),
    ...["/healthz", "/readyz", "/openapi.json", "/stock/totals", "/stock/item/x", "/nothing"]
      .flatMap((path) => [
        answered(`${path} says nosniff`, path, [], /x-content-type-options: *nosniff/i),
        answered(
          `${path} is not kept by caches`,
          path,
          [],
          /cache-control: *[^\r]*(no-store|no-cache)/i,
        ),
      ]),
    answered("a query varies by what is accepted", "/stock/totals", [], /vary: *[^\r]*accept/i),
  ],
}
