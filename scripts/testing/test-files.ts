/** The test files of the project, or those that were asked for. */
import { readdir, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"

/** Folders of the project that hold no tests of its own; so do those that begin with a point. */
const OTHERS = new Set(["node_modules", "docs"])

const foldersOf = async (root: string): Promise<string[]> => {
  const entries = await readdir(root, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && !OTHERS.has(name))
}

/**
 * The test files in the given files and folders (all of the project's when none are given), as
 * paths from `root`, sorted. Throws when something that was asked for is not there.
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
