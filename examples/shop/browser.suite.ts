/** A browser for tests: Chromium without a window, where this machine has it. */
import { existsSync } from "node:fs"
import process from "node:process"
import { type Browser, chromium, type Page } from "playwright-core"

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

const path = process.env.LEFTFOLD_CHROMIUM || PLACES.find((place) => existsSync(place))

/** Why tests in a browser are left out here; false when there is one. */
export const withoutBrowser: string | false = path === undefined &&
  "no Chromium here: install one (Debian: apt-get install chromium), or say where it is in " +
    "LEFTFOLD_CHROMIUM"

if (withoutBrowser) console.warn(`Tests in a browser are LEFT OUT: ${withoutBrowser}`)

/** It asks nobody for anything but the page, and keeps nothing. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** Starts the browser; whoever does closes it. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: path!, args: ARGUMENTS })

/** What went wrong in a page, as its console says it. */
export const complaintsOf = (page: Page): readonly string[] => {
  const complaints: string[] = []
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  return complaints
}

/** Keeps a picture of the page in the folder `LEFTFOLD_PICTURES`, if there is to be one. */
export const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env.LEFTFOLD_PICTURES
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
