/** The command that runs one of our scripts as its own process. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"

const config = fileURLToPath(new URL("../../deno.json", import.meta.url))

/** The loader of TypeScript on Node, for this process and those that it starts. */
const loader = (): readonly string[] => {
  const { execArgv } = process
  const ours = execArgv[execArgv.indexOf("--import") + 1]
  if (ours?.startsWith("file:")) return ["--import", ours]
  try {
    const tsx = createRequire(import.meta.url).resolve("tsx")
    return ["--import", pathToFileURL(tsx).href]
  } catch {
    // Node loads it itself, from 22.18 on.
    return []
  }
}

/** The file to run: in a package, a source file is compiled. */
const fileOf = (script: URL): string => {
  const path = fileURLToPath(script)
  return existsSync(path) ? path : path.replace(/\.ts$/, ".js")
}

/**
 * The program and its arguments, for the current runtime. They work from any folder. A script of
 * ours is named as in the repository, also when this is its compiled form.
 */
export const scriptCommand = (script: URL): [program: string, ...args: string[]] => {
  const path = fileOf(script)
  if ("deno" in process.versions) {
    const ours = existsSync(config) ? ["--config", config] : []
    return [process.execPath, "run", "-A", "--no-check", ...ours, path]
  }
  return [process.execPath, ...path.endsWith(".ts") ? loader() : [], path]
}
