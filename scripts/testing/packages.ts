/** Packages of many files, as few: a process loads them in a third of the time. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"

/** Packages whose modules are ECMAScript, and which no other package here imports. */
const PACKAGES = "effect|hono|@hono/node-server"

const IMPORTS = new RegExp(`\\bfrom "((?:${PACKAGES})(?:/[^"]*)?)"`, "g")

/** The file in the folder that gives the URL of the bundle for the URL of each entry point. */
export const PACKAGES_FILE = "packages.json"

const importsOf = async (root: string, sources: readonly string[]): Promise<readonly string[]> => {
  const texts = await Promise.all(sources.map((path) => readFile(join(root, path), "utf8")))
  const found = texts.flatMap((text) => [...text.matchAll(IMPORTS)].map(([, name = ""]) => name))
  return [...new Set(found)].sort()
}

/**
 * Writes what these sources import of the packages into a folder, and where each entry point of a
 * package is in there. The bundles share their modules, as the entry points do.
 */
export const bundlePackages = async (
  root: string,
  sources: readonly string[],
  folder: string,
): Promise<void> => {
  const names = await importsOf(root, sources)
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name, index) => ({ in: name, out: String(index) })),
    outdir: join(folder, "packages"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // As Node resolves them.
    conditions: [],
    keepNames: true,
    metafile: true,
    logLevel: "silent",
  })
  const urls = Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [[urlIn(root, entryPoint), urlIn(root, path)]]
  )
  await writeFile(join(folder, PACKAGES_FILE), JSON.stringify(Object.fromEntries(urls)))
}

const urlIn = (root: string, path: string): string => pathToFileURL(join(root, path)).href
