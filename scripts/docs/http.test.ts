/** Tests of docs/http.md: its tables have the headers and statuses of the code, and no others. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Hono } from "hono"
import { App } from "leftfold/app"
import * as contracts from "../../contracts/internal.ts"
import { door } from "../../gateway/door.ts"
import { problemResponse } from "../../gateway/respond.ts"
import { shop } from "../../examples/shop/main.ts"
import { test } from "../../testing/test.ts"
import { readRepository } from "../tidy/repository.ts"

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8")

/** The rows of the table behind a mark, each as its cells. */
const rowsOf = (page: string, mark: string): string[][] => {
  const [, found = ""] = page.split(`<!-- ${mark} -->\n`)
  const [table = ""] = found.split("<!-- end -->")
  const rows = table.split("\n").filter((line) => line.startsWith("| ")).slice(1)
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()))
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)

const lower = (names: Iterable<string>): string[] =>
  [...new Set([...names].map((name) => name.toLowerCase()))].toSorted()

/** What no gateway looks at by itself: `users` of an application, and its server, do. */
const ELSEWHERE = ["authorization", "host"]

const JSON_BODY = { "Content-Type": "application/json" }
const PAGE = "https://page.example"

/** Tells the headers of a request, and of its copies, from those of an answer. */
const MARK = "x-of-a-request"
const LINES = [{ sku: "tea", quantity: 1, price: 5 }]
const STAFF = "Bearer dev:staff"

/** Requests of each kind: what they read and answer is what a page must list. */
type Asked = readonly [method: string, path: string, headers?: Record<string, string>]

const REQUESTS: readonly Asked[] = [
  ["POST", "/stock/item/tea/ReceiveStock", { ...JSON_BODY, "Idempotency-Key": "one" }],
  ["POST", "/stock/item/tea/ReceiveStock", { ...JSON_BODY, "Idempotency-Key": "two" }],
  ["POST", "/stock/item/tea/ReceiveStock", { "Content-Type": "text/plain" }],
  ["POST", "/stock/item/tea/ReceiveStock", { ...JSON_BODY, Origin: "https://foreign.example" }],
  ["GET", "/stock/item/tea"],
  ["GET", "/stock/item/tea/history?limit=1"],
  ["GET", "/stock/level/tea", { "Leftfold-After": "stock:1" }],
  ["GET", "/stock/level/tea", { Accept: "text/event-stream" }],
  ["POST", "/orders/order/o-1/PlaceOrder", JSON_BODY],
  ["POST", "/orders/order/o-2/PlaceOrder", JSON_BODY],
  ["GET", "/orders/orders-of-customer?customer=ada&limit=1", { "Leftfold-After": "orders:2" }],
  ["GET", "/orders/order-list/none"],
  ["GET", "/orders/order-list/none", { Authorization: "Bearer dev:bob" }],
  ["GET", "/orders/order-list/none", { Authorization: "Bearer wrong" }],
  ["PUT", "/stock/item/tea"],
  ["OPTIONS", "/stock/item/tea"],
  ["GET", "/stock/item/tea", { "Accept-Encoding": "identity;q=0" }],
]

test("docs/http.md lists the headers that the gateway reads and those that it sends", async (t) => {
  const app = await App.inMemory(shop)
  t.after(() => app.stop())
  const asked = new Set<string>()
  const get = Headers.prototype.get
  t.mock.method(Headers.prototype, "get", function (this: Headers, name: string) {
    if (get.call(this, MARK) !== null) asked.add(name)
    return get.call(this, name)
  })
  const sent = new Set<string>()
  for (const [method, path, headers] of REQUESTS) {
    const fields = path.startsWith("/stock") ? { quantity: 1 } : { customer: "ada", lines: LINES }
    const body = method === "POST" ? JSON.stringify(fields) : null
    const all = { Authorization: STAFF, Host: "127.0.0.1", [MARK]: "1", ...headers }
    const response = await app.fetch(path, { method, headers: all, body })
    for (const name of response.headers.keys()) sent.add(name)
    await response.body?.cancel()
  }
  const open = new Hono().use(door({ origins: [PAGE] })).options("*", (context) => {
    return context.body(null, 204, { Allow: "GET" })
  })
  const preflight = await open.request("/", { method: "OPTIONS", headers: { Origin: PAGE } })
  for (const name of preflight.headers.keys()) sent.add(name)
  const outage = contracts.toProblem(new contracts.Unavailable({ message: "" }))
  for (const name of problemResponse(outage).headers.keys()) sent.add(name)

  const page = await read("docs/http.md")
  const listed = rowsOf(page, "request headers").flatMap(([names = ""]) => quoted(names))
  assert.deepEqual(lower(listed), lower([...asked, ...ELSEWHERE]))
  const answered = rowsOf(page, "answer headers").flatMap(([names = ""]) => quoted(names))
  assert.deepEqual(lower(answered), lower(sent))
})

/** Each class of failures, as a problem. */
const failures = Object.values(contracts).flatMap((value) => {
  if (typeof value !== "function" || !(value.prototype instanceof Error)) return []
  const failure = Reflect.construct(value, [{ message: "" }])
  return contracts.isFailure(failure) ? [contracts.toProblem(failure)] : []
})

test("docs/http.md lists every title that a problem can have, at its status", async () => {
  const rows = rowsOf(await read("docs/http.md"), "statuses")
  const listed = rows.flatMap(([status = "", titles = ""]) =>
    quoted(titles).map((title) => `${status} ${title}`)
  )
  const files = readRepository(fileURLToPath(new URL("../..", import.meta.url)))
  const gateway = [...files].filter(([path]) => /^gateway\/.*(?<!test)\.ts$/.test(path))
  const own = gateway.flatMap(([, text]) =>
    [...text.matchAll(/(?:problemOf|refuse)\([\w.]+, "(\w+)"/g)].map(([, title]) => title!)
  )
  assert.ok(failures.length >= 15, String(failures.length))
  for (const { title, status } of failures) assert.ok(listed.includes(`${status} ${title}`), title)
  const titles = [...failures.map(({ title }) => title), ...own]
  assert.deepEqual(lower(listed.map((each) => each.split(" ")[1]!)), lower(titles))
})

test("docs/protocol.md lists every kind of failure, at its status", async () => {
  const page = await read("docs/protocol.md")
  for (const { title, type, status } of failures) {
    const rows = page.split("\n").filter((line) => line.startsWith("| "))
    const word = `${type.slice("urn:leftfold".length)}\``
    const found = rows.filter((each) => each.includes(`\`${title}\``) || each.includes(word))
    const complaint = `${title} has no row with ${status}`
    assert.ok(found.some((row) => row.includes(String(status))), complaint)
  }
})
