/** Groups of test files that share a process: loading costs more than most of them take to run. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"

/** Files for a test runner, and how to delete those that were written for it. */
export interface Grouped {
  readonly files: readonly string[]
  readonly stop: () => Promise<void>
}

/** The most files that share a process. */
const MOST = 40

/** A hook at the top of a file would apply to all files of its process. */
const HAS_HOOKS = /^(?:before|after|beforeEach|afterEach)\(/m

/**
 * Splits paths into groups of at most `most`, each within one room. A path for which `alone` holds
 * is a group of its own.
 */
export const groups = (
  paths: readonly string[],
  alone: (path: string) => boolean,
  most = MOST,
): readonly (readonly string[])[] => {
  const all: string[][] = []
  const open = new Map<string, string[]>()
  for (const path of paths) {
    const room = roomOf(path)
    const group = alone(path) ? undefined : open.get(room)
    if (group && group.length < most) {
      group.push(path)
      continue
    }
    const begun = [path]
    all.push(begun)
    if (!alone(path)) open.set(room, begun)
  }
  return all
}

const roomOf = (path: string): string => path.split("/", 1)[0] ?? ""

const nameOf = (path: string, index: number): string => `${roomOf(path)}-${index}.test.mjs`

/** Writes a file for each group of these test files, which are paths from `root`. */
export const groupTests = async (root: string, paths: readonly string[]): Promise<Grouped> => {
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), "utf8")))
  const hooked = new Set(paths.filter((_, index) => HAS_HOOKS.test(texts[index] ?? "")))
  const folder = await makeTemporaryFolder()
  const files = groups(paths, (path) => hooked.has(path)).map(async (group, index) => {
    const [first = ""] = group
    if (group.length === 1) return first
    const file = join(folder, nameOf(first, index))
    const imports = group.map((path) =>
      `import ${JSON.stringify(pathToFileURL(join(root, path)).href)}`
    )
    await writeFile(file, `${imports.join("\n")}\n`)
    return file
  })
  return { files: await Promise.all(files), stop: () => removeFolder(folder) }
}
