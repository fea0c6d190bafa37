/** Looks at the built site in a real browser: every page, at the width of a phone and of a desk. */
import { serve } from "@hono/node-server"
import { serveStatic } from "@hono/node-server/serve-static"
import { Hono } from "hono"
import type { Page as BrowserPage } from "playwright-core"
import { complaintsOf, openBrowser } from "../../examples/shop/fixtures/browser.ts"
import type { Part } from "./pages.ts"

/** The width and height of a phone and of a desk, in pixels. */
const SIZES = [{ width: 390, height: 844 }, {
  width: 1_280,
  height: 900,
}] as const

/** A word that some page must have. */
const SOUGHT = "rebuild"

const WAIT_MS = 20_000

/** How often the keys of the search are pressed, within that time. */
const PRESSES = 10

/** What the headings of all pages are called in addresses, and which of them links name. */
interface Anchors {
  readonly there: Set<string>
  /** By the address that a link names: the page that has the link. */
  readonly named: Map<string, string>
}

const IDS = 'Array.from(document.querySelectorAll("[id]"), ({ id }) => id)'
const LINKS = "Array.from(document.querySelectorAll(\".vp-doc a[href*='#']\"), ({ href }) => href)"

const lookAtPage = async (
  page: BrowserPage,
  address: string,
  { there, named }: Anchors,
): Promise<string[]> => {
  const answer = await page.goto(address)
  if (answer?.status() !== 200) {
    return [`${address} is answered with ${answer?.status()}`]
  }
  for (const id of await page.evaluate<string[]>(IDS)) there.add(`${address}#${id}`)
  for (const link of await page.evaluate<string[]>(LINKS)) {
    named.set(decodeURIComponent(link), address)
  }
  // These are texts, because they run in the page and not here.
  const heading = await page.evaluate<string>(
    `document.querySelector("h1")?.textContent ?? ""`,
  )
  const tooWide = await page.evaluate<boolean>(
    "document.documentElement.scrollWidth > innerWidth",
  )
  return [
    ...heading === "" ? [`${address} has no heading`] : [],
    ...tooWide ? [`${address} is wider than ${page.viewportSize()?.width} pixels`] : [],
  ]
}

const lookAtTools = async (
  page: BrowserPage,
  address: string,
): Promise<string[]> => {
  await page.goto(address)
  // The page listens to keys only once its scripts have run, and nothing on it says when.
  const input = page.locator("#localsearch-input")
  for (let presses = 0; presses < PRESSES && !await input.isVisible(); presses++) {
    await page.keyboard.press("Control+k")
    await input.waitFor({ timeout: WAIT_MS / PRESSES }).catch(() => undefined)
  }
  await input.fill(SOUGHT, { timeout: WAIT_MS })
  await page.waitForSelector(".VPLocalSearchBox .result", { timeout: WAIT_MS })
  await page.keyboard.press("Escape")
  const isDark = () => page.evaluate<boolean>(`document.documentElement.className === "dark"`)
  const before = await isDark()
  await page.locator(".VPSwitchAppearance").first().click({ timeout: WAIT_MS })
  return await isDark() === before ? ["the site has no dark mode"] : []
}

/** Looks at the site in this folder; resolves to what is wrong with it. */
export const lookAtSite = async (
  folder: string,
  parts: readonly Part[],
): Promise<string[]> => {
  const files = new Hono().use("*", serveStatic({ root: folder }))
  const server = serve({ fetch: files.fetch, port: 0, hostname: "127.0.0.1" })
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  const browser = await openBrowser()
  const wrong: string[] = []
  const anchors: Anchors = { there: new Set(), named: new Map() }
  const root = `http://127.0.0.1:${port}/`
  try {
    for (const viewport of SIZES) {
      const page = await browser.newPage({ viewport })
      page.setDefaultTimeout(WAIT_MS)
      const complaints = complaintsOf(page)
      for (const { place } of parts.flatMap(({ pages }) => pages)) {
        wrong.push(...await lookAtPage(page, `${root}${place}.html`, anchors))
      }
      if (viewport.width > 1_000) {
        wrong.push(...await lookAtTools(page, root))
      }
      wrong.push(...complaints)
      await page.close()
    }
  } finally {
    await browser.close()
    server.close()
  }
  for (const [link, from] of anchors.named) {
    if (link.startsWith(root) && !anchors.there.has(link)) wrong.push(`${from} links to ${link}`)
  }
  return wrong
}
