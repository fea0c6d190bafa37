/**
 * Runs TypeScript as `npm test` has compiled it once for all its processes, in the folder that
 * LEFTFOLD_TEST_COMPILED names; a file that is not in there is compiled now. The largest
 * packages are loaded as few files, from the same folder.
 */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { register } from "node:module"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { isMainThread } from "node:worker_threads"

if (isMainThread) {
  process.setSourceMapsEnabled(true)
  register(import.meta.url)
}

const folder = process.env.LEFTFOLD_TEST_COMPILED ?? ""
const root = new URL("../../", import.meta.url).href

/** The URL of the bundle for that of each entry point of a package that the run has bundled. */
const packages = new Map(
  isMainThread || folder === ""
    ? []
    : Object.entries(JSON.parse(readFileSync(join(folder, "packages.json"), "utf8"))),
)

const compiledNow = async (path) => {
  const { transform } = await import("esbuild")
  const options = { loader: "ts", target: "node20", sourcemap: "inline", sourcefile: path }
  return (await transform(await readFile(path, "utf8"), options)).code
}

/** The hook by which Node finds a module. */
export const resolve = async (specifier, context, next) => {
  const { parentURL = "" } = context
  if (specifier.startsWith(".")) {
    const isOurs = specifier.endsWith(".ts") && parentURL.startsWith(root)
    if (!isOurs || parentURL.includes("/node_modules/")) return next(specifier, context)
    return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true }
  }
  const found = await next(specifier, context)
  const url = packages.get(found.url)
  return url === undefined ? found : { url, format: "module", shortCircuit: true }
}

/** The hook by which Node loads a module. */
export const load = async (url, context, next) => {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context)
  const path = fileURLToPath(url)
  const compiled = readFile(join(folder, path.replace(/\.ts$/, ".js")))
  const source = await compiled.catch(() => compiledNow(path))
  return { format: "module", source, shortCircuit: true }
}
