/** Finds the module of an application: given, or named by the package around the current folder. */
import { readFile, realpath, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import process from "node:process"
import { isMap } from "../../wire/internal.ts"
import { Problem } from "../problem.ts"

const HOW = 'name its module with --app, with LEFTFOLD_APP, or as "leftfold": { "app": "…" } in ' +
  "package.json"

/** What a package can name a module for. */
export type Purpose = "app" | "simulation"

/** The module that the package in this folder names; undefined when it names none. */
const namedIn = async (folder: string, purpose: Purpose): Promise<string | undefined> => {
  const path = join(folder, "package.json")
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (error) {
    throw new Problem({ message: `${path} is no JSON (${error}): correct it` })
  }
  const own = isMap(manifest) ? manifest.leftfold : undefined
  const named = isMap(own) ? own[purpose] : undefined
  return typeof named === "string" ? resolve(folder, named) : undefined
}

/** The folder and those above it. */
const upFrom = (folder: string): string[] => {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...upFrom(above)]
}

/** The module that a package in this folder, or above it, names for one of these purposes. */
export const namedAround = async (
  current: string,
  purposes: readonly Purpose[],
): Promise<string | undefined> => {
  for (const folder of upFrom(current)) {
    for (const purpose of purposes) {
      const named = await namedIn(folder, purpose)
      if (named !== undefined) return named
    }
  }
  return undefined
}

const EXTENSIONS = ["", ".ts", ".mts", ".js", ".mjs"]

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() === true

/** The first file that a path without an extension, or of a folder, means. */
const fileAt = async (path: string): Promise<string | undefined> => {
  const meant = [path, join(path, "main"), join(path, "src/main"), join(path, "index")]
    .flatMap((each) => EXTENSIONS.map((extension) => each + extension))
  for (const each of meant) if (await isFile(each)) return await realpath(each)
  return undefined
}

/**
 * The real path of the application's module, or of the first purpose that a package around the
 * current folder names one for. A path can lead through links, lack its extension, or name the
 * folder of a package. Rejects with a `Problem` when no file is there.
 */
export const findModule = async (
  given: string | undefined,
  purposes: readonly Purpose[] = ["app"],
  current = process.cwd(),
): Promise<string> => {
  const path = given ?? (process.env.LEFTFOLD_APP || await namedAround(current, purposes))
  if (!path) throw new Problem({ message: `no ${purposes[0]} is named: ${HOW}` })
  const wanted = resolve(current, path)
  const found = await fileAt(await namedIn(wanted, "app") ?? wanted)
  if (found !== undefined) return found
  throw new Problem({ message: `there is no module ${path} (looked for ${wanted}): ${HOW}` })
}

const isPackage = (folder: string): Promise<boolean> =>
  Promise.all(["package.json", "deno.json", "deno.jsonc"].map((name) => isFile(join(folder, name))))
    .then((found) => found.includes(true))

/** The folder of the package that a module belongs to, or else the module's own folder. */
export const packageOf = async (module: string): Promise<string> => {
  for (const each of upFrom(dirname(module))) if (await isPackage(each)) return each
  return dirname(module)
}
