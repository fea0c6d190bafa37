/** Opens the script that a test run has made of its sources and packages. */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { Script } from "node:vm"

/** The script in a folder. */
export const scriptIn = (folder) => join(folder, "bundle.js")

/** Compiles the script in a folder, or takes what V8 made of it. Nothing of it is loaded yet. */
export const openBundle = (folder) => {
  const [file, cache] = [scriptIn(folder), join(folder, "bundle.cache")]
  const script = new Script(readFileSync(file, "latin1"), {
    filename: file,
    cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
  })
  const module = { exports: {} }
  const require = createRequire(new URL("../../package.json", import.meta.url))
  const importModule = (specifier) => import(specifier)
  script.runInThisContext()(module.exports, require, module, importModule)
  return { script, load: (name) => module.exports[name]() }
}
