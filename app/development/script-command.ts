/** The command that runs one of our scripts as its own process. */
import { createRequire } from "node:module"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"

const config = fileURLToPath(new URL("../../deno.json", import.meta.url))

/** The loader of TypeScript on Node, for this process and those that it starts. */
const loader = (): string => {
  const { execArgv } = process
  const ours = execArgv[execArgv.indexOf("--import") + 1]
  if (ours?.startsWith("file:")) return ours
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
}

/** The program and its arguments, for the current runtime. They work from any folder. */
export const scriptCommand = (script: URL): [program: string, ...args: string[]] => {
  const path = fileURLToPath(script)
  if ("deno" in process.versions) {
    return [process.execPath, "run", "-A", "--no-check", "--config", config, path]
  }
  return [process.execPath, "--import", loader(), path]
}
