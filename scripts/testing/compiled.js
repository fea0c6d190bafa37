/**
 * Runs TypeScript as `npm test` has compiled it once for all its processes, in the folder that
 * LEFTFOLD_TEST_COMPILED names; a file that is not in there is compiled now.
 */
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

const compiledNow = async (path) => {
  const { transform } = await import("esbuild")
  const options = { loader: "ts", target: "node20", sourcemap: "inline", sourcefile: path }
  return (await transform(await readFile(path, "utf8"), options)).code
}

/** The hook by which Node loads a module. */
export const load = async (url, context, next) => {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context)
  const path = fileURLToPath(url)
  const compiled = readFile(join(folder, path.replace(/\.ts$/, ".js")))
  const source = await compiled.catch(() => compiledNow(path))
  return { format: "module", source, shortCircuit: true }
}
