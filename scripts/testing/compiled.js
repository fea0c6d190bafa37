/**
 * Runs TypeScript as `npm test` has compiled it once for all its processes, in the folder that
 * LEFTFOLD_TEST_COMPILED names; a file that is not in there is compiled now. Most sources and the
 * largest packages are loaded from one script, because Node asks the hooks below for each import
 * of each file.
 */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { register } from "node:module"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { isMainThread } from "node:worker_threads"
import { openBundle } from "./open-bundle.js"
import { showSources } from "./source-places.js"
import { tellRunningTest } from "./running-test.js"

const folder = process.env.LEFTFOLD_TEST_COMPILED ?? ""
const root = new URL("../../", import.meta.url).href

/** By which modules find the script of this process. */
const BUNDLE = "leftfold test bundle"

if (isMainThread) {
  tellRunningTest()
  process.setSourceMapsEnabled(true)
  register(import.meta.url)
  let opened
  globalThis[Symbol.for(BUNDLE)] = (name) => (opened ??= openBundle(folder)).load(name)
  if (folder !== "") showSources(folder)
}

/** What the test run has bundled. */
const contents = isMainThread || folder === ""
  ? {}
  : JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8"))

/** A module of the bundle: it exports what the script has of it. */
const bundled = ([name, exports]) =>
  exports.reduce(
    (code, each, index) =>
      `${code}const e${index} = all[${JSON.stringify(each)}]\nexport { e${index} as ${each} }\n`,
    `const all = globalThis[Symbol.for("${BUNDLE}")]("${name}")\n`,
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
  return contents[found.url] ? { ...found, format: "module" } : found
}

/** The hook by which Node loads a module. */
export const load = async (url, context, next) => {
  if (!url.startsWith("file:")) return next(url, context)
  const module = contents[url]
  if (module) return { format: "module", source: bundled(module), shortCircuit: true }
  if (!url.endsWith(".ts")) return next(url, context)
  const path = fileURLToPath(url)
  const compiled = readFile(join(folder, path.replace(/\.ts$/, ".js")))
  const source = await compiled.catch(() => compiledNow(path))
  return { format: "module", source, shortCircuit: true }
}
