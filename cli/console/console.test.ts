/** Tests of who gets into the console, and what it says to those who do not. */
import assert from "node:assert/strict"
import { request } from "node:http"
import { test } from "../../testing/test.ts"
import { CostlyScan } from "../../app/internal.ts"
import { Unavailable } from "../../contracts/internal.ts"
import { crates } from "../fixtures/crates.ts"
import type { Workplace } from "../leftfold.ts"
import { ACTIONS } from "./actions.ts"
import { type ConsoleOptions, serveConsole } from "./console.ts"
import { QUESTIONS } from "./questions.ts"
import { FILES } from "./static-files.ts"

const TOKEN = "a-token-for-tests"

interface Scope {
  after(work: () => Promise<void>): void
}

/** A console without servers behind it. */
const open = async (
  scope: Scope,
  options: Partial<ConsoleOptions> = {},
  error: Error = new Unavailable({ message: "there are no servers" }),
) => {
  const none = () => Promise.reject(error)
  const place: Workplace = {
    ...{ app: crates, module: "", databaseUrl: "", monitorUrls: [] },
    streams: { replicas: 1, compression: false },
    store: {} as Workplace["store"],
    wire: none,
    feed: none,
  }
  const running = await serveConsole(place, {
    ...{ port: 0, host: "127.0.0.1", hosts: ["127.0.0.1", "localhost"], token: TOKEN },
    ...{ operator: "tester", ...options },
  })
  scope.after(() => running.stop())
  const { port } = new URL(running.url)
  /** Any method, path and headers, as no browser would send them. */
  return (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((
      resolve,
      reject,
    ) => {
      const sent = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        let text = ""
        answer.setEncoding("utf8").on("data", (chunk) => text += chunk)
        answer.once("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      })
      sent.once("error", reject)
      sent.end(body)
    })
}

const ENTERED = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" }

test("the page is nobody's secret, and all behind it needs the token", async (t) => {
  const send = await open(t)
  for (const path of Object.keys(FILES)) {
    const { status, headers } = await send("GET", path)
    assert.equal(status, 200, path)
    const policy = String(headers["content-security-policy"])
    assert.match(policy, /default-src 'none'; script-src 'self'/)
    assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'/)
    assert.equal(headers["x-frame-options"], "DENY")
  }
  const names = ["may", ...Object.keys(QUESTIONS), ...Object.keys(ACTIONS)]
  for (const name of names) {
    for (const authorization of ["", "Bearer ", "Bearer wrong", `Basic ${TOKEN}`, TOKEN]) {
      const { status, headers } = await send(
        ...["POST", `/api/${name}`, { ...ENTERED, authorization }, "{}"] as const,
      )
      assert.equal(status, 403, `${name} by "${authorization}"`)
      assert.equal(headers["access-control-allow-origin"], undefined)
    }
  }
  assert.equal((await send("GET", "/live")).status, 403)
  const described = await send("POST", "/api/describe", ENTERED, "{}")
  assert.equal(described.status, 200)
  assert.equal(JSON.parse(described.text).name, "crates")
})

test("a page of a stranger gets nothing, even with the token", async (t) => {
  const send = await open(t)
  const describe = (headers: Record<string, string>) =>
    send("POST", "/api/describe", { ...ENTERED, ...headers }, "{}")
  for (const origin of ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"]) {
    assert.equal((await describe({ origin })).status, 403, origin)
  }
  for (const site of ["cross-site", "same-site"]) {
    assert.equal((await describe({ "sec-fetch-site": site })).status, 403, site)
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example", "[::1]"]) {
    const { status, text } = await describe({ host })
    assert.deepEqual([status, /does not answer for this host/.test(text)], [400, true], host)
    assert.equal((await send("GET", "/", { host })).status, 400, host)
  }
  const preflight = { origin: "http://evil.example", "access-control-request-method": "POST" }
  assert.equal((await send("OPTIONS", "/api/ask", preflight)).status, 403)
  assert.equal((await describe({ "sec-fetch-site": "same-origin" })).status, 200)
})

test("only files of the page are served, and only questions are answered", async (t) => {
  const send = await open(t)
  const paths = ["/../console.ts", "/..%2fconsole.ts", "//etc/passwd", "/__proto__", "/api/ask"]
  for (const path of paths) assert.equal((await send("GET", path, ENTERED)).status, 404, path)
  for (const name of ["constructor", "toString", "hasOwn", "nothing"]) {
    assert.equal((await send("POST", `/api/${name}`, ENTERED, "{}")).status, 404, name)
  }
  const asked = (body: string, headers = {}) =>
    send("POST", "/api/state", { ...ENTERED, ...headers }, body)
  assert.equal((await asked("{}", { "content-type": "text/plain" })).status, 400)
  assert.equal((await asked("{")).status, 400)
  assert.equal((await asked("[]")).status, 400)
  assert.match((await asked('{"contract":"yard.crate"}')).text, /id/)
  assert.equal((await asked(`{"id":"${"x".repeat(1_100_000)}"}`)).status, 413)
  const outage = await asked('{"contract":"yard.crate","id":"c-1"}')
  assert.deepEqual([outage.status, /there are no servers/.test(outage.text)], [503, true])
  assert.match((await asked('{"contract":"yard.crat","id":"c"}')).text, /did you mean/)
})

test("a console that only reads refuses actions; rules of access can let others in", async (t) => {
  const reading = await open(t, { readOnly: true })
  for (const name of Object.keys(ACTIONS)) {
    const { status, text } = await reading("POST", `/api/${name}`, ENTERED, "{}")
    assert.equal(status, 403, name)
    assert.match(text, /only reads/)
  }
  const asked: string[] = []
  const ruled = await open(t, {
    authorize: (request) => {
      const user = request.headers.get("x-user")
      asked.push(String(user))
      return Promise.resolve(user === "ada" ? { act: false, operator: user } : undefined)
    },
  })
  const may = async (headers: Record<string, string>) =>
    await ruled("POST", "/api/may", { "content-type": "application/json", ...headers }, "{}")
  assert.deepEqual(JSON.parse((await may({ "x-user": "ada" })).text), { act: false, app: "crates" })
  assert.equal((await may({ "x-user": "eve" })).status, 403)
  assert.equal(JSON.parse((await may(ENTERED)).text).act, true)
  assert.deepEqual(asked, ["ada", "eve"])
})

test("a question that would read much of the log says so, and no other does", async (t) => {
  const body = JSON.stringify({ view: crates.projections[0]!.name, key: "a" })
  const answered = async (error?: Error) => {
    const { status, text } = await (await open(t, {}, error))("POST", "/api/why", ENTERED, body)
    const { costly, message } = JSON.parse(text)
    return [status, costly, message]
  }
  const costly = new CostlyScan("the row a", 30_000, ["crates"])
  assert.deepEqual(await answered(costly), [422, true, costly.message])
  assert.match(
    costly.message,
    /the row a reads 30,000 messages of crates, .*: ask for it with --scan/,
  )
  assert.deepEqual(await answered(), [503, false, "there are no servers"])
})
