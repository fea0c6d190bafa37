/** Tests of the door: foreign hosts and foreign pages stay outside. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Hono } from "hono"
import { door, isLoopback, LOOPBACK_HOSTS } from "./door.ts"

const app = new Hono()
app.use(door({ hosts: LOOPBACK_HOSTS, origins: ["https://shop.example"] }))
app.options("/orders", () => new Response(null, { headers: { Allow: "POST, OPTIONS" } }))
app.all("/orders", (context) => context.json({ done: true }))

const status = async (method: string, headers: Record<string, string>): Promise<number> => {
  const given = { Host: "127.0.0.1:8080", ...headers }
  return (await app.request("http://127.0.0.1:8080/orders", { method, headers: given })).status
}

test("only the machine's own names are answered on loopback, whatever is asked", async () => {
  for (const host of ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "localhost.", "[::1]:8080"]) {
    assert.equal(await status("GET", { Host: host }), 200, host)
  }
  for (
    const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil:8080", "", "[::2]"]
  ) {
    assert.equal(await status("GET", { Host: host }), 421, host)
    assert.equal(await status("POST", { Host: host }), 421, host)
  }
})

test("a page of another origin sends no commands", async () => {
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await status("POST", { "Sec-Fetch-Site": site }), 403, site)
    assert.equal(await status("GET", { "Sec-Fetch-Site": site }), 200, site)
  }
  const foreign = ["https://evil.example", "null", "http://127.0.0.1:81", "http://127.0.0.1", "x"]
  for (const origin of foreign) {
    assert.equal(await status("POST", { Origin: origin }), 403, origin)
    assert.equal(await status("DELETE", { Origin: origin }), 403, origin)
  }
})

test("the page of the gateway itself, pages that are named, and programs do", async () => {
  assert.equal(await status("POST", {}), 200)
  assert.equal(await status("POST", { "Sec-Fetch-Site": "same-origin" }), 200)
  assert.equal(await status("POST", { "Sec-Fetch-Site": "none" }), 200)
  assert.equal(await status("POST", { Origin: "http://127.0.0.1:8080" }), 200)
  const named = { Origin: "https://shop.example", "Sec-Fetch-Site": "cross-site" }
  assert.equal(await status("POST", named), 200)
})

test("a page of a named origin reads answers and their headers, and no other does", async () => {
  const ask = async (method: string, origin: string) => {
    const headers = { Host: "localhost", Origin: origin, "Access-Control-Request-Method": "POST" }
    return (await app.request("http://localhost/orders", { method, headers })).headers
  }
  const named = await ask("GET", "https://shop.example")
  assert.equal(named.get("Access-Control-Allow-Origin"), "https://shop.example")
  assert.equal(named.get("Access-Control-Allow-Credentials"), "true")
  assert.match(named.get("Access-Control-Expose-Headers") ?? "", /ETag.*Leftfold-Position/)
  assert.equal(named.get("Access-Control-Allow-Methods"), null)
  const preflight = await ask("OPTIONS", "https://shop.example")
  assert.equal(preflight.get("Access-Control-Allow-Methods"), "POST, OPTIONS")
  for (const name of ["Content-Type", "Idempotency-Key", "If-Match", "Leftfold-After"]) {
    assert.ok(preflight.get("Access-Control-Allow-Headers")?.split(", ").includes(name), name)
  }
  for (const origin of ["https://evil.example", "https://shop.example.evil", "null", ""]) {
    for (const method of ["GET", "OPTIONS"]) {
      const headers = [...(await ask(method, origin)).keys()]
      assert.deepEqual(headers.filter((name) => name.startsWith("access-control")), [], origin)
    }
  }
})

test("every answer says that it is what it says it is, and is not kept", async () => {
  for (const headers of [{ Host: "localhost" }, { Host: "evil.example" }]) {
    const response = await app.request("http://localhost/orders", { headers })
    assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff")
    assert.equal(response.headers.get("Cache-Control"), "no-store")
    assert.equal(response.headers.get("Vary"), "Accept, Origin")
  }
})

test("what an answer says by itself stays", async () => {
  const other = new Hono()
  other.use(door({}))
  other.get("/", (context) => context.text("", 200, { "Cache-Control": "max-age=5" }))
  const response = await other.request("http://anywhere.example/")
  assert.equal(response.status, 200)
  assert.equal(response.headers.get("Cache-Control"), "max-age=5")
})

test("addresses of this machine alone are told from others", () => {
  assert.ok(["127.0.0.1", "127.9.9.9", "localhost", "::1"].every(isLoopback))
  assert.ok(!["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.example.org"].some(isLoopback))
})
