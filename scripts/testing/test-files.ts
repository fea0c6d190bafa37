/** The test files of the project, or those that were named. */
import { readdir, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"

/** Folders without tests of the project; folders that begin with a dot are skipped as well. */
const OTHERS = new Set(["node_modules", "docs", "build", "create-leftfold"])

const foldersOf = async (root: string): Promise<string[]> => {
  const entries = await readdir(root, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && !OTHERS.has(name))
}

/**
 * The test files in the given files and folders, or all of the project's, as sorted paths from
 * `root`. Throws if a given one does not exist.
 */
export const testFiles = (
  root: string,
  asked: ReadonlyArray<string> = [],
): Promise<ReadonlyArray<string>> => filesOf(root, asked, ".test.ts")

/** Every source file of the project, as paths from `root`, sorted. */
export const sourceFiles = (root: string): Promise<ReadonlyArray<string>> =>
  filesOf(root, [], ".ts")

async function filesOf(
  root: string,
  asked: ReadonlyArray<string>,
  ending: string,
): Promise<ReadonlyArray<string>> {
  const found = new Set<string>()
  for (const path of asked.length > 0 ? asked : await foldersOf(root)) {
    const place = await stat(join(root, path)).catch(() => undefined)
    if (place === undefined && asked.length > 0) throw new Error(`there is no ${path} to test`)
    if (place?.isFile()) found.add(path)
    if (!place?.isDirectory()) continue
    for (const entry of await readdir(join(root, path), { recursive: true })) {
      const ours = !entry.split(sep).includes("node_modules")
      if (ours && entry.endsWith(ending)) found.add(relative(root, join(root, path, entry)))
    }
  }
  return [...found].sort()
}
