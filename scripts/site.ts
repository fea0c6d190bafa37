/**
 * Builds the site of the documentation into `build/site`: `npm run site`. With `--release` it
 * builds the folder of this release, next to what is there. With `--look` it also looks at every
 * page in a browser, and exits with 1 when something is wrong.
 */
import { join } from "node:path"
import process from "node:process"
import { withoutBrowser } from "../examples/shop/fixtures/browser.ts"
import { buildSite, ROOT } from "./site/build.ts"
import { lookAtSite } from "./site/look.ts"

const out = join(ROOT, "build/site")
const { LEFTFOLD_REPOSITORY: repository, LEFTFOLD_SITE_BASE: base } = process.env
const release = process.argv.includes("--release")
const parts = await buildSite({
  root: ROOT,
  out,
  release,
  repository,
  ...base ? { base } : {},
})
const count = parts.reduce((sum, { pages }) => sum + pages.length, 0)
console.log(`${count} pages in ${out}`)

if (process.argv.includes("--look") && !withoutBrowser) {
  const wrong = await lookAtSite(out, parts)
  for (const sentence of wrong) console.error(sentence)
  console.log(
    `${count} pages looked at in a browser at two widths: ${wrong.length} faults`,
  )
  if (wrong.length > 0) process.exitCode = 1
}
