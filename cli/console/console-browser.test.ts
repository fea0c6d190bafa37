/** Tests of the console in a browser: what an operator reads and does, over a real shop. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { after, before, describe } from "node:test"
import type { Browser, Page } from "playwright-core"
import {
  complaintsOf,
  openBrowser,
  picture,
  withoutBrowser,
} from "../../examples/shop/fixtures/browser.ts"
import { shop } from "../../examples/shop/main.ts"
import { App } from "../../app/mod.ts"
import type { StartedApp } from "../../app/start.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { openConsole } from "../fixtures/open-console.ts"

const WITHIN_MS = 20_000

/** An id that would be a script if it were ever taken for HTML. */
const HOSTILE = `<img src=x onerror="document.title='broken'">`

let app: StartedApp
let browser: Browser
let console_: Awaited<ReturnType<typeof openConsole>>

const ask = async (contract: string, id: string, command: string, fields: object) => {
  const answer = await app.client.askPlain(contract, id, command, fields)
  assert.equal(answer.kind, "accepted", JSON.stringify(answer))
}

const axe = async () =>
  await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** Serious and critical findings of axe on a page: of all its rules, or of some. */
const findings = async (page: Page, rules?: readonly string[]): Promise<readonly string[]> => {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(await axe())
  const only = rules ? `, runOnly: ${JSON.stringify(rules)}` : ""
  const found = await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"]${only} }).then(({ violations }) =>
      violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))`,
  )
  return found as readonly string[]
}

const PAGES = [
  "#/",
  "#/actors/orders.order",
  "#/actor/orders.order/o-1?version=1",
  "#/row/orders.order-list/o-1/state",
  "#/flow/orders:1",
  "#/views",
  "#/parked",
  "#/timers",
  "#/language",
]

describe("the console in a browser", { skip: withoutBrowser }, () => {
  let page: Page
  let complaints: readonly string[]
  const goTo = async (hash: string) => {
    await page.goto(`${console_.url}/${hash}`)
    await page.locator("main h1").first().waitFor()
  }
  before(async () => {
    const servers = await createNamespace()
    app = await App.start(shop, { ...servers, port: 0, developmentUser: true })
    console_ = await openConsole(shop, servers)
    browser = await openBrowser()
    await ask("stock.item", "tea", "ReceiveStock", { quantity: 5 })
    const lines = [{ sku: "tea", quantity: 2, price: 100 }]
    await ask("orders.order", "o-1", "PlaceOrder", { customer: HOSTILE, address: "A", lines })
    const state = async (id: string) =>
      (await app.client.queryPlain("orders.order", { id })).result as { state: { state: string } }
    await until(async () => (await state("o-1")).state.state === "completed")
    const tooMany = [{ sku: "tea", quantity: 50, price: 100 }]
    await ask("orders.order", "o-2", "PlaceOrder", {
      customer: "bob",
      address: "A",
      lines: tooMany,
    })
    await until(async () => (await state("o-2")).state.state === "cancelled")
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.setDefaultTimeout(WITHIN_MS)
    complaints = complaintsOf(page)
    await page.goto(console_.address)
    await page.getByRole("heading", { name: "Overview" }).waitFor()
  })
  after(async () => {
    await browser?.close()
    await console_?.stop()
    await app?.stop()
  })

  test("the overview shows what is, and goes on by itself", async () => {
    await page.getByText("● ready").waitFor()
    assert.equal(new URL(page.url()).hash, "#/", "the token is not in the address that is shared")
    const logs = page.getByRole("region", { name: "Logs" })
    await logs.getByText("orders", { exact: true }).waitFor()
    const shown = async () =>
      Number(await logs.locator("tr", { hasText: "products" }).locator("td").nth(1).textContent())
    const before = await shown()
    await ask("products.product", "cup", "AddProduct", { name: "Cup", price: 900 })
    await until(async () => await shown() > before)
    await picture(page, "console-overview")
  })

  test("a slider goes through the past of an actor, with what each event changed", async () => {
    await goTo("#/actor/orders.order/o-1?version=1")
    const state = page.getByRole("region", { name: "the state" })
    await state.getByText('"placed"').waitFor()
    await page.getByLabel(/^Version 1 of 2/).focus()
    await page.keyboard.press("ArrowRight")
    await state.getByText('"completed"').waitFor()
    await page.getByRole("region", { name: "What this event changed" }).getByText('"completed"')
      .waitFor()
    assert.match(page.url(), /version=2$/, "the address leads to what is shown")
    await page.reload()
    await state.getByText('"completed"').waitFor()
  })

  test("a command is tried before it is sent, and its command line is shown", async () => {
    await goTo("#/actor/stock.item/tea")
    await page.getByLabel("Command").selectOption("ReceiveStock")
    await page.getByLabel("Fields as JSON").fill('{"quantity":7}')
    await page.getByRole("button", { name: "What would happen?" }).click()
    await page.getByText("it would be accepted").waitFor()
    await page.getByRole("button", { name: "Send it" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText(`leftfold ask stock.item tea ReceiveStock '{"quantity":7}'`).waitFor()
    await dialog.getByRole("button", { name: "Send it" }).click()
    await dialog.getByText("done").waitFor()
    await page.keyboard.press("Escape")
  })

  test("a cell leads to the events that give it, to its policy and to the client", async () => {
    await goTo("#/row/orders.order-list/o-2")
    await page.getByRole("link", { name: "state", exact: true }).click()
    await page.getByRole("heading", { name: "Why state is cancelled" }).waitFor()
    await page.getByText("none of them can be left out").waitFor()
    await page.getByText("the policy orders.checkout-reports").first().waitFor()
    await page.getByText("leftfold:system").first().waitFor()
    await page.getByText("leftfold why orders.order-list o-2 state").first().waitFor()
    await picture(page, "console-why")
  })

  test("a row of several actors has its why too, and a flow is a tree in time", async () => {
    await goTo(`#/row/orders.sales-per-day/${new Date().toISOString().slice(0, 10)}/revenue`)
    await page.getByRole("heading", { name: "Why revenue is 200" }).waitFor()
    await goTo("#/flow/orders:1")
    await page.getByText(/^\d+ commands in /).waitFor()
    await page.getByText("StockReserved").first().waitFor()
    assert.ok(await page.locator("ol.flow ol ol").count() > 0, "it has levels")
    await picture(page, "console-flow")
  })

  test("views are rebuilt from the page", async () => {
    await goTo("#/views")
    const rebuild = { name: "Rebuild orders.order-list", exact: true }
    await page.getByRole("button", rebuild).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("leftfold rebuild orders.order-list --no-wait").waitFor()
    await dialog.getByRole("button", rebuild).click()
    await dialog.getByText("done").waitFor()
    await dialog.getByRole("button", { name: "Close" }).click()
    await until(async () => {
      const text = await page.getByRole("region", { name: "Generations" }).textContent()
      return /orders\.order-list2serving/.test(text ?? "")
    })
  })

  test("values from events are text, whatever they hold", async () => {
    await goTo("#/row/orders.order-list/o-1/customer")
    await page.getByRole("heading", { name: "Why customer is" }).waitFor()
    assert.ok((await page.locator("main").textContent())?.includes(HOSTILE))
    for (const hash of PAGES) await goTo(hash)
    await goTo(`#/actor/orders.order/${encodeURIComponent(HOSTILE)}`)
    await goTo("#/actor/%E0%A4%A/__proto__")
    await page.getByRole("alert").first().waitFor()
    assert.equal(await page.locator("img").count(), 0)
    assert.doesNotMatch(await page.title(), /^broken$/)
  })

  test("the keyboard reaches every page, and what was typed leads somewhere", async () => {
    await goTo("#/")
    await page.keyboard.press("/")
    await page.keyboard.type("orders.order-list o-1")
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "orders.order-list o-1" }).waitFor()
    await page.locator("main").focus()
    await page.keyboard.press("8")
    await page.getByRole("heading", { name: "The language of shop" }).waitFor()
    await page.getByRole("img", { name: /Which policies follow/ }).waitFor()
  })

  test("axe finds nothing serious, in the light, in the dark and on a telephone", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      for (const hash of PAGES) {
        await goTo(hash)
        await page.locator("main .line, main table").first().waitFor()
        // Only colours are other ones in the dark.
        const rules = colorScheme === "dark" ? ["color-contrast"] : undefined
        assert.deepEqual(await findings(page, rules), [], `${hash} in the ${colorScheme}`)
      }
    }
    await page.setViewportSize({ width: 390, height: 844 })
    for (const hash of PAGES) {
      await goTo(hash)
      await page.locator("main .line, main table").first().waitFor()
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390, hash)
    }
    await picture(page, "console-telephone")
  })

  test("the browser has nothing to complain of", () => {
    // Asking for an actor that is not there is answered 404, which the browser notes.
    const others = complaints.filter((each) => !/status of (404|422)/.test(each))
    assert.deepEqual(others, [])
  })
})
