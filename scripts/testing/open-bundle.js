/** Opens the script that a test run has made of its sources and packages. */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { constants, Script } from "node:vm"

/** The script in a folder. */
export const scriptIn = (folder) => join(folder, "bundle.js")

/** Compiles the script in a folder, or takes what V8 made of it. Nothing of it is loaded yet. */
export const openBundle = (folder) => {
  const [file, cache] = [scriptIn(folder), join(folder, "bundle.cache")]
  const script = new Script(readFileSync(file, "latin1"), {
    filename: file,
    cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const module = { exports: {} }
  const require = createRequire(new URL("../../package.json", import.meta.url))
  script.runInThisContext()(module.exports, require, module)
  return { script, load: (name) => module.exports[name]() }
}
