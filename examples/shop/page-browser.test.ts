/** Tests of the shop's page in a browser: what a visitor clicks, and what the page then shows. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { App, type StartedApp } from "leftfold/app"
import type { Browser, Locator, Page } from "playwright-core"
import { test, testServers } from "leftfold/testing"
import { complaintsOf, openBrowser, picture, withoutBrowser } from "./fixtures/browser.ts"
import { startIssuer } from "./fixtures/issuer.ts"
import { shop, shopWith } from "./main.ts"
import { identityIn } from "./users/users.ts"

const WITHIN_MS = 20_000

/** The processes of this file trust each other by it. */
const principalKeys = ["k".repeat(32)]

let servers: Awaited<ReturnType<typeof testServers>>
let app: StartedApp
let browser: Browser

/** Opens the page in a tab of its own. */
const open = async (width: number, height: number, url = app.url): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width, height } })
  page.setDefaultTimeout(WITHIN_MS)
  await page.goto(url)
  return page
}

/** Signs in by a name for development. */
const signIn = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel("Name").selectOption(name)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText(`Signed in as ${name}`).waitFor()
}

/** Orders a quantity of a product, and answers where the page shows the order. */
const order = async (page: Page, name: string, quantity: number, address?: string) => {
  await page.getByLabel(`How many of ${name}`).fill(String(quantity))
  if (address !== undefined) await page.getByLabel("Address").selectOption(address)
  await page.getByRole("button", { name: "Place order" }).click()
  return page.locator(".order", { hasText: `${quantity} × ${name}` }).first()
}

/** Waits until a part of an order shows this text. */
const shows = (within: Locator, part: string, text: string) =>
  within.locator(part).filter({ hasText: text }).first().waitFor()

const available = (page: Page, name: string, count: number) =>
  page.locator(".product", { hasText: name }).getByText(`${count} available`).waitFor()

describe("the page in a browser", { skip: withoutBrowser }, () => {
  let page: Page
  let complaints: readonly string[]
  before(async () => {
    servers = await testServers({ after })
    app = await App.start(shop, { ...servers, port: 0, principalKeys })
    browser = await openBrowser()
    page = await open(1280, 900)
    complaints = complaintsOf(page)
  })
  after(async () => {
    await browser?.close()
    await app?.stop()
  })

  test("empty shelves are filled by a click of staff, and the catalogue is shown", async () => {
    await page.getByText("The shelves are empty.").waitFor()
    assert.equal(await page.getByRole("button", { name: "Fill the shelves" }).isVisible(), false)
    await signIn(page, "staff")
    await page.getByRole("button", { name: "Fill the shelves" }).click()
    await available(page, "Green tea", 100)
    await available(page, "Silver samovar", 5)
    assert.equal(await page.locator(".product").count(), 4)
  })

  test("an order is seen going through its states until it is completed", async () => {
    const card = await order(page, "Green tea", 2)
    await shows(card, ".state", "completed")
    await shows(card, "[data-step=payment]", "taken")
    await shows(card, "[data-step=delivery]", "delivered")
    await shows(card, ".log summary", "events in the log")
    const seen = await card.locator(".seen li").allTextContents()
    assert.ok(seen.some((line) => /order *completed/.test(line)), seen.join())
    const events = await card.locator(".events li").allTextContents()
    assert.match(events[0]!, /OrderPlaced/)
    assert.match(events.at(-1)!, /OrderCompleted/)
    await available(page, "Green tea", 98)
    assert.equal(await card.getByRole("button", { name: "Cancel" }).isVisible(), false)
  })

  test("an order whose payment is declined is cancelled, says why, and gives back", async () => {
    const card = await order(page, "Silver samovar", 2)
    await shows(card, ".state", "cancelled")
    await shows(card, "[data-step=payment]", "declined")
    await shows(card, ".reason", "the amount is above the limit")
    await available(page, "Silver samovar", 5)
  })

  test("what cannot be delivered comes back, and the money with it", async () => {
    const card = await order(page, "Cup", 1, "nowhere 7")
    await shows(card, "[data-step=payment]", "refunded")
    await shows(card, "[data-step=delivery]", "returned")
    await available(page, "Cup", 40)
    await picture(page, "shop-desk")
  })

  test("nothing is ordered when nothing is chosen, and that is said", async () => {
    await page.getByRole("button", { name: "Place order" }).click()
    await page.getByRole("status").getByText("Choose something first.").waitFor()
  })

  test("on a telephone all of it is there, and nothing is wider than the screen", async () => {
    const telephone = await open(390, 844)
    await signIn(telephone, "bob")
    await available(telephone, "Silver samovar", 5)
    const card = await order(telephone, "Tea pot", 1)
    await shows(card, ".state", "completed")
    await picture(telephone, "shop-telephone")
    const width = await telephone.evaluate("document.documentElement.scrollWidth")
    assert.equal(width, 390)
  })

  test("customers see their own orders, staff see all, and nobody sees more", async () => {
    const adas = await open(1280, 900)
    await available(adas, "Green tea", 98)
    assert.equal(await adas.getByRole("button", { name: "Place order" }).isEnabled(), false)
    await signIn(adas, "ada")
    await shows(await order(adas, "Green tea", 3), ".state", "completed")
    const idOf = (tab: Page) => tab.locator(".order .id").first().textContent()
    const ada = await idOf(adas) ?? ""
    await adas.locator("#list").getByText(ada).waitFor()
    assert.equal(await adas.locator(".listed").count(), 1)
    await page.locator("#list").getByText(ada).waitFor()
    await adas.getByRole("button", { name: "Sign out" }).click()
    await adas.getByRole("button", { name: "Sign in" }).waitFor()
    assert.equal(await adas.locator(".listed, .order").count(), 0)
    await signIn(adas, "bob")
    // Bob has ordered a tea pot on his telephone.
    await adas.locator(".listed").getByText("bob").waitFor()
    assert.deepEqual(await adas.locator(".listed .of").allTextContents(), ["bob"])
  })

  test("where there is an issuer, the page sends its visitors there to sign in", async (t) => {
    const issuer = await startIssuer(t)
    const identity = identityIn({ SHOP_ISSUER: issuer.url })
    const other = await App.start(shopWith(undefined, identity), {
      ...{ ...servers, port: 0, principalKeys },
      ...{ roles: ["gateway"], profile: "production" },
    })
    t.after(() => other.stop())
    const tab = await open(1280, 900, other.url)
    const wrong = complaintsOf(tab)
    const enter = async (name: string, role?: string) => {
      issuer.next({ sub: name, role })
      await tab.getByRole("button", { name: "Sign in" }).click()
      await tab.getByText(`Signed in as ${name}`).waitFor()
      assert.equal(tab.url(), `${other.url}/`)
    }
    await enter("grace", "staff")
    await tab.locator(".listed").getByText("ada").first().waitFor()
    await tab.getByRole("button", { name: "Sign out" }).click()
    await enter("linus")
    await tab.getByText("All your orders").waitFor()
    assert.deepEqual(wrong, [])
    // Somebody else's sign-in, which this tab has not begun, is not taken.
    await tab.goto(`${other.url}/?code=stolen&state=none`)
    await tab.getByText("Signed in as linus").waitFor()
    await tab.getByRole("button", { name: "Sign out" }).click()
    await tab.goto(`${other.url}/?code=stolen&state=none`)
    await tab.getByRole("status").getByText("Sign in again.").waitFor()
    await tab.close()
  })

  test("the browser has nothing to complain of", () => assert.deepEqual(complaints, []))
})
