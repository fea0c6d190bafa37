/** Groups of test files that share a process: loading costs more than most of them take to run. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { TestFile } from "./runner.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"

/** Files for a test runner, and how to delete those that were written for it. */
export interface Grouped {
  readonly files: readonly TestFile[]
  readonly stop: () => Promise<void>
}

/** The limit of a test that says nothing else is two minutes, of one in a file alone five. */
const SILENCE_MS = { several: 200_000, alone: 330_000 }

/** The most files that share a process. */
const MOST = 20

/**
 * Files that take 15 s or more, most of them waiting for what they start or kill; the longest
 * first. Each has a process of its own, so that others run meanwhile.
 */
export const LONG: readonly string[] = [
  "scripts/package/package.test.ts",
  "scripts/attack/attack.test.ts",
  "examples/shop/deploy/image.test.ts",
  "scripts/chaos/run.test.ts",
  "projections/worker/killed.test.ts",
  "examples/shop/start.test.ts",
  "app/trouble.test.ts",
  "projections/worker/exactly-once.test.ts",
  "examples/shop/load/load.test.ts",
  "examples/shop/cluster.test.ts",
  "projections/worker/raw-exactly-once.test.ts",
]

/** A hook at the top of a file would apply to all files of its process. */
const HAS_HOOKS = /^(?:before|after|beforeEach|afterEach)\(/m

/**
 * Splits paths into groups of at most `most`, each within one room. A path for which `alone` holds
 * is a group of its own. The groups are in the order in which they begin: `LONG` files, then large
 * groups before small ones.
 */
export const groups = (
  paths: readonly string[],
  alone: (path: string) => boolean,
  most = MOST,
): readonly (readonly string[])[] => {
  const lone = (path: string) => alone(path) || LONG.includes(path)
  const all: string[][] = []
  const open = new Map<string, string[]>()
  for (const path of paths) {
    const room = roomOf(path)
    const group = lone(path) ? undefined : open.get(room)
    if (group && group.length < most) {
      group.push(path)
      continue
    }
    const begun = [path]
    all.push(begun)
    if (!lone(path)) open.set(room, begun)
  }
  return all.sort((one, other) => rankOf(one) - rankOf(other))
}

/** The rank of a group: a smaller one begins earlier. */
const rankOf = (group: readonly string[]): number => {
  const long = LONG.indexOf(group[0] ?? "")
  return long >= 0 ? long - LONG.length : -group.length / (MOST + 1)
}

const roomOf = (path: string): string => path.split("/", 1)[0] ?? ""

/** Node runs files in the order of their names. */
const nameOf = (path: string, index: number): string =>
  `${String(index).padStart(3, "0")}-${roomOf(path)}.test.mjs`

/** Writes a file for each group of these test files, which are paths from `root`. */
export const groupTests = async (root: string, paths: readonly string[]): Promise<Grouped> => {
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), "utf8")))
  const hooked = new Set(paths.filter((_, index) => HAS_HOOKS.test(texts[index] ?? "")))
  const folder = await makeTemporaryFolder()
  const files = groups(paths, (path) => hooked.has(path)).map(async (group, index) => {
    const file = join(folder, nameOf(group[0] ?? "", index))
    const imports = group.map((path) =>
      `import ${JSON.stringify(pathToFileURL(join(root, path)).href)}`
    )
    await writeFile(file, `${imports.join("\n")}\n`)
    return { path: file, silenceMs: group.length > 1 ? SILENCE_MS.several : SILENCE_MS.alone }
  })
  return { files: await Promise.all(files), stop: () => removeFolder(folder) }
}
