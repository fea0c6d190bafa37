/** The versions of the site: what is on the main branch at its root, and a folder per release. */
import { readdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"

/** One version of the site. */
export interface Version {
  /** Its name, such as `0.1.0`. */
  readonly label: string
  /** Its folder under the root of the site, such as `0.1.0/`; empty for the root itself. */
  readonly folder: string
}

/** The name of the version at the root of the site. */
export const MAIN = "main"

const RELEASE = /^\d+\.\d+\.\d+(-[\w.]+)?$/

const numbersOf = (release: string): number[] => release.split(/[.-]/).map(Number)

const newestFirst = (one: string, other: string): number => {
  const [these, those] = [numbersOf(one), numbersOf(other)]
  const at = these.findIndex((number, index) => number !== those[index])
  const difference = at < 0 ? 0 : (those[at] ?? 0) - these[at]!
  // A release comes before those that led to it, such as 1.0.0-rc.1.
  return difference || one.length - other.length
}

/** The versions among the files of a site: the root, then the releases, the newest first. */
export const versionsAmong = (names: readonly string[]): Version[] => [
  ...names.includes("index.html") ? [{ label: MAIN, folder: "" }] : [],
  ...names.filter((name) => RELEASE.test(name)).sort(newestFirst)
    .map((label) => ({ label, folder: `${label}/` })),
]

/** The page that lists them; it needs no script. */
const pageOf = (versions: readonly Version[]): string => {
  const items = versions.map(({ label, folder }) =>
    `<li><a href="./${folder}index.html">${label}</a></li>`
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Versions of Leftfold</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.7 sans-serif; margin: 48px auto; max-width: 40em; padding: 0 24px }
</style>
<h1>Versions of Leftfold</h1>
<p>${MAIN} is what the next release will be.</p>
<ul>
${items.join("\n")}
</ul>
</html>
`
}

/** Writes the lists of versions into the root of a site, from the folders that it has. */
export const writeVersions = async (root: string): Promise<void> => {
  const versions = versionsAmong(await readdir(root))
  await writeFile(join(root, "versions.json"), JSON.stringify(versions))
  await writeFile(join(root, "versions.html"), pageOf(versions))
}

/** Deletes what the site has at its root, but keeps its releases. */
export const clearRoot = async (root: string): Promise<void> => {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw error
  })
  const old = names.filter((name) => !RELEASE.test(name))
  await Promise.all(
    old.map((name) => rm(join(root, name), { recursive: true })),
  )
}
