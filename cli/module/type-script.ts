/** Makes Node able to load an application that is written in TypeScript. */
import { createRequire } from "node:module"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { Problem } from "../problem.ts"

/** Whether this command line itself runs from source, by a loader that loads applications too. */
const isFromSource = import.meta.url.endsWith(".ts")

interface Loader {
  readonly register: () => unknown
}

let isRegistered = false

/** Uses the application's own tsx, if it has one. */
const registerTsx = async (folder: string): Promise<boolean> => {
  const from = createRequire(pathToFileURL(`${folder}/-.js`))
  let manifest: string
  try {
    manifest = from.resolve("tsx/package.json")
  } catch {
    return false
  }
  // Resolving the name would lead to its form for CommonJS, which cannot load the other one.
  const module = from(manifest).exports["./esm/api"].import.default
  const { register }: Loader = await import(new URL(module, pathToFileURL(manifest)).href)
  register()
  return true
}

/**
 * Prepares the loading of a TypeScript module: by the tsx that its application has installed, or
 * else by Node itself, from 22.18 on. Throws a `Problem` when neither can.
 */
export const prepareTypeScript = async (module: string, folder: string): Promise<void> => {
  if (isFromSource || isRegistered || "deno" in process.versions || !/\.m?ts$/.test(module)) return
  isRegistered = await registerTsx(folder)
  if (isRegistered || "typescript" in process.features) return
  throw new Problem({
    message: `Node ${process.versions.node} cannot load ${module}, which is TypeScript: ` +
      "npm install --save-dev tsx, or use Node 22.18 or later, or compile it first",
  })
}
