/** Pages of other sites in a real browser: none of what they try reaches the shop. */
import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import { after, before, describe } from "node:test"
import { App, type StartedApp } from "leftfold/app"
import type { Browser, Page, Request } from "playwright-core"
import { test, testServers } from "leftfold/testing"
import { openBrowser, withoutBrowser } from "./fixtures/browser.ts"
import { shop } from "./main.ts"

const WITHIN_MS = 20_000

/** A name that its owner has made to lead to this machine. */
const REBOUND = "rebound.example"

const POST = 'method: "POST"'
const AS_JSON = 'headers: { "Content-Type": "application/json" }'
const JSON_TYPE = { "Content-Type": "application/json" }

/** What a page of somebody else can have its visitor's browser send, as scripts of that page. */
const attempts: Readonly<Record<string, string>> = {
  "a body without a type": `fetch(url, { ${POST}, mode: "no-cors", body: new Blob(['{}']) })`,
  "a body of plain text": `fetch(url, { ${POST}, mode: "no-cors", body: '{}' })`,
  "JSON, without asking first": `fetch(url, { ${POST}, mode: "no-cors", ${AS_JSON}, body: '{}' })`,
  "JSON, asking first": `fetch(url, { ${POST}, ${AS_JSON}, body: '{}' })`,
  "a beacon": `navigator.sendBeacon(url, '{}')`,
  "no body": `fetch(url, { ${POST}, mode: "no-cors" })`,
  "a form": `
    const form = document.createElement("form")
    Object.assign(form, { method: "post", action: url, enctype: "text/plain", target: "frame" })
    form.innerHTML = "<iframe name=frame></iframe><input name=a>"
    document.body.append(form)
    form.submit()`,
}

/** How a page can try to read an answer: scripts that end with what they were shown. */
const readings: Readonly<Record<string, string>> = {
  "a request": `await (await fetch(url)).text()`,
  "a request that asks nobody": `await (await fetch(url, { mode: "no-cors" })).text()`,
  "a stream": `await new Promise((resolve, reject) => {
    const events = new EventSource(url)
    events.onmessage = ({ data }) => resolve(data)
    events.onerror = reject
  })`,
  "a frame": `await new Promise((resolve) => {
    const frame = document.createElement("iframe")
    frame.onload = () => resolve(frame.contentDocument?.body.textContent ?? "")
    frame.src = url
    document.body.append(frame)
  })`,
  "a script": `await new Promise((resolve, reject) => {
    const script = document.createElement("script")
    Object.assign(script, { src: url, onload: resolve, onerror: reject })
    document.body.append(script)
  })`,
}

describe("a page of another site", { skip: withoutBrowser }, () => {
  let app: StartedApp
  let browser: Browser
  let elsewhere: Server
  let page: Page

  /** The shop under another name, or the same. */
  const shopAt = (host: string): string => app.url.replace("127.0.0.1", host)

  before(async () => {
    // Nobody has to sign in, so that only the door keeps these pages out.
    app = await App.start(shop, { ...await testServers({ after }), port: 0, developmentUser: true })
    browser = await openBrowser(`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`)
    elsewhere = createServer((_, answer) => {
      answer.writeHead(200, { "Content-Type": "text/html" }).end("<title>elsewhere</title>")
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve))
    const address = elsewhere.address()
    assert.ok(address !== null && typeof address === "object")
    page = await browser.newPage()
    // Another site than 127.0.0.1, as browsers see it.
    await page.goto(`http://localhost:${address.port}/`)
  })
  after(async () => {
    await browser?.close()
    elsewhere?.close()
    await app?.stop()
  })

  /** Makes a product, and says where it is retired: by a command that needs no body. */
  const product = async (id: string): Promise<string> => {
    const path = `${app.url}/products/product/${id}`
    const body = '{"name":"Tea","price":450}'
    const added = await fetch(`${path}/AddProduct`, { method: "POST", body, headers: JSON_TYPE })
    assert.equal(added.status, 200)
    return `${path}/RetireProduct`
  }

  /** How many commands a product has taken. */
  const taken = async (id: string): Promise<unknown> => {
    const answer = await fetch(`${app.url}/products/product/${id}`)
    return (await answer.json() as { version: unknown }).version
  }

  /** Resolves when the browser has heard the answer to this request, or has not sent it at all. */
  const settled = async (url: string): Promise<void> => {
    const predicate = (request: Request) => request.url() === url && request.method() === "POST"
    const given = { predicate, timeout: WITHIN_MS }
    const ended = [page.waitForEvent("requestfinished", given)]
    ended.push(page.waitForEvent("requestfailed", given))
    await Promise.any(ended)
  }

  test("sends no command, in any of the ways that there are", async () => {
    for (const [index, [name, script]] of Object.entries(attempts).entries()) {
      const url = await product(`foreign-${index}`)
      const answered = settled(url)
      const sent = page.evaluate(`(async (url) => { ${script} })(${JSON.stringify(url)})`)
      // A page is not told why what it has sent failed.
      await sent.catch(() => {})
      await answered
      assert.equal(await taken(`foreign-${index}`), 1, name)
    }
  })

  test("reads no answer, in any of the ways that there are", async () => {
    const url = JSON.stringify(`${app.url}/stock/totals`)
    for (const [name, script] of Object.entries(readings)) {
      const read = `(async (url) => ${script})(${url}).catch(() => "refused")`
      const shown = await page.evaluate(read)
      assert.ok(shown === "refused" || shown === "", `${name}: ${shown}`)
    }
  })

  test("whose own name leads to this machine is shown nothing", async () => {
    for (const path of ["/", "/stock/totals", "/readyz", "/openapi.json", "/page.js"]) {
      const response = await page.goto(`${shopAt(REBOUND)}${path}`)
      assert.equal(response?.status(), 421, path)
    }
    // It is a page of the very same origin, and may send what it likes: it is refused by its name.
    const { pathname } = new URL(await product("rebound"))
    const status = await page.evaluate(async (path) => {
      const headers = { "Content-Type": "application/json" }
      const sent = await fetch(path, { method: "POST", headers, body: "{}" })
      const events = await fetch("/stock/totals", { headers: { Accept: "text/event-stream" } })
      return [sent.status, events.status]
    }, pathname)
    assert.deepEqual(status, [421, 421])
    assert.equal(await taken("rebound"), 1)
  })

  test("is told apart from the shop's own page, whose commands are taken", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      await page.goto(`${shopAt(host)}/`)
      const id = `own-${host.replaceAll(".", "-")}`
      const { pathname } = new URL(await product(id))
      const read = await page.evaluate(async (path) => {
        const headers = { "Content-Type": "application/json" }
        const sent = await fetch(path, { method: "POST", headers, body: "{}" })
        return [sent.status, (await fetch("/stock/totals")).status]
      }, pathname)
      assert.deepEqual(read, [200, 200], host)
      assert.equal(await taken(id), 2, host)
    }
  })
})
