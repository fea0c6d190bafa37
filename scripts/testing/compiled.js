/**
 * Runs TypeScript as `npm test` has compiled it once for all its processes, in the folder that
 * LEFTFOLD_TEST_COMPILED names; a file that is not in there is compiled now. The rooms
 * and the largest packages are loaded as few files, because Node asks the hooks below for each
 * import of each file.
 */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { register } from "node:module"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { isMainThread } from "node:worker_threads"
import { tellRunningTest } from "./running-test.js"

if (isMainThread) {
  tellRunningTest()
  process.setSourceMapsEnabled(true)
  register(import.meta.url)
}

const folder = process.env.LEFTFOLD_TEST_COMPILED ?? ""
const root = new URL("../../", import.meta.url).href

/** What the test run has bundled. */
const { packages, rooms, modules } = isMainThread || folder === ""
  ? { packages: {}, rooms: "", modules: {} }
  : JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8"))

const bundles = pathToFileURL(join(folder, "bundle/")).href

/** A source of the bundle: it exports what the bundle has of it. */
const bundled = ([name, exports]) => {
  const consts = exports.filter((each) => each !== "default")
  return `import { ${name} } from "${rooms}"\n` +
    `export const { ${consts.join(", ")} } = ${name}\n` +
    (consts.length < exports.length ? `export default ${name}.default\n` : "")
}

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
  // The bundle is elsewhere, and imports what a source imports.
  const parent = parentURL.startsWith(bundles) ? { ...context, parentURL: root } : context
  const found = await next(specifier, parent)
  const url = packages[found.url]
  return url === undefined ? found : { url, format: "module", shortCircuit: true }
}

/** The hook by which Node loads a module. */
export const load = async (url, context, next) => {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context)
  const module = modules[url]
  if (module) return { format: "module", source: bundled(module), shortCircuit: true }
  const path = fileURLToPath(url)
  const compiled = readFile(join(folder, path.replace(/\.ts$/, ".js")))
  const source = await compiled.catch(() => compiledNow(path))
  return { format: "module", source, shortCircuit: true }
}
