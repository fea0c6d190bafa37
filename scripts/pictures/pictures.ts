/**
 * Takes the pictures of the documents: `npm run pictures`. It runs the shop on servers of its own,
 * orders something in Chromium, and writes WebP files to `docs/pictures`.
 */
import { Buffer } from "node:buffer"
import { randomBytes } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { App } from "leftfold/app"
import { testServers } from "leftfold/testing"
import type { Browser, Page } from "playwright-core"
import { openConsole } from "../../cli/fixtures/open-console.ts"
import { openBrowser, withoutBrowser } from "../../examples/shop/fixtures/browser.ts"
import { shop } from "../../examples/shop/main.ts"

const FOLDER = fileURLToPath(new URL("../../docs/pictures", import.meta.url))

const WITHIN_MS = 120_000
const SIZE = { width: 1_100, height: 720 } as const
const QUALITY = 80

/** The most bytes of a picture: they are part of every clone. */
const MOST_BYTES = 150_000

type Scheme = "light" | "dark"

const open = async (
  browser: Browser,
  address: string,
  colorScheme: Scheme,
): Promise<Page> => {
  const page = await browser.newPage({
    viewport: SIZE,
    colorScheme,
    deviceScaleFactor: 1.5,
  })
  page.setDefaultTimeout(WITHIN_MS)
  await page.goto(address)
  return page
}

/** Writes what the page shows. Throws if that is more than a picture may have. */
const take = async (page: Page, name: string): Promise<void> => {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send("Page.captureScreenshot", {
    format: "webp",
    quality: QUALITY,
  })
  const picture = Buffer.from(data, "base64")
  if (picture.length > MOST_BYTES) {
    throw new Error(
      `${name} has ${picture.length} bytes; at most ${MOST_BYTES} are allowed`,
    )
  }
  await writeFile(join(FOLDER, `${name}.webp`), picture)
  console.log(
    `docs/pictures/${name}.webp: ${Math.round(picture.length / 1_000)} kB`,
  )
}

/** Signs in, orders tea in the page, and waits until the order is completed. */
const orderTea = async (page: Page): Promise<void> => {
  await page.getByLabel("Name").selectOption("staff")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText("Signed in as staff").waitFor()
  await page.getByRole("button", { name: "Fill the shelves" }).click()
  await page.locator(".product", { hasText: "Green tea" }).getByText(
    "100 available",
  ).waitFor()
  await page.getByLabel("How many of Green tea").fill("2")
  await page.getByRole("button", { name: "Place order" }).click()
  const order = page.locator(".order", { hasText: "2 × Green tea" }).first()
  await order.locator(".state").filter({ hasText: "completed" }).waitFor()
  await order.locator(".log summary").filter({ hasText: "events in the log" })
    .click()
}

const takeAll = async (
  scope: { after: (stop: () => Promise<void>) => void },
): Promise<void> => {
  const servers = await testServers(scope)
  const principalKeys = [randomBytes(32).toString("hex")]
  const app = await App.start(shop, { ...servers, port: 0, principalKeys })
  scope.after(() => app.stop())
  const operator = await openConsole(shop, servers)
  scope.after(operator.stop)
  const browser = await openBrowser()
  scope.after(() => browser.close())
  const page = await open(browser, app.url, "light")
  await orderTea(page)
  await take(page, "shop")
  for (const scheme of ["light", "dark"] as const) {
    const flow = await open(browser, operator.address, scheme)
    await flow.locator("main h1").first().waitFor()
    await flow.goto(`${operator.url}/#/flow/orders:1`)
    await flow.getByText("OrderCompleted").first().waitFor()
    await flow.evaluate("scrollTo(0, 0)")
    await take(flow, `console-${scheme}`)
  }
}

if (withoutBrowser) {
  console.error(withoutBrowser)
  process.exit(1)
}
await mkdir(FOLDER, { recursive: true })
const stops: (() => Promise<void>)[] = []
try {
  await takeAll({ after: (stop) => void stops.unshift(stop) })
} finally {
  for (const stop of stops) await stop()
}
