/** What a package may hold: its compiled rooms, and nothing that only checks them. */
import { readdir } from "node:fs/promises"

/** The folders directly in a folder, sorted. */
export const foldersIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

/** The largest packed size of each package, in bytes. */
const MAX_PACKED: Readonly<Record<string, number>> = {
  leftfold: 2_621_440,
  "leftfold-client": 262_144,
  "create-leftfold": 32_768,
}

/** The largest installed size of a package whose users want it small, in bytes. */
const MAX_INSTALLED: Readonly<Record<string, number>> = {
  "leftfold-client": 2_097_152,
}

/** A packed package, as `npm pack --json` describes it. */
export interface Packed {
  readonly name: string
  readonly filename: string
  /** In bytes, packed. */
  readonly size: number
  /** In bytes, installed. */
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** Files that only check the framework. A template has tests of its own. */
const CHECKS = /(^|\/)fixtures\/|\.(test|suite)\.|^(scripts|examples|docs|node_modules)\//

/** What is wrong with a packed package, a sentence each. */
export const flawsOf = ({ name, size, unpackedSize, files }: Packed): string[] => {
  const max = MAX_PACKED[name] ?? 0
  const maxInstalled = MAX_INSTALLED[name] ?? Infinity
  const checks = files.filter(({ path }) => CHECKS.test(path) && !path.startsWith("template/"))
  return [
    ...(size > max ? [`${name} is ${size} bytes packed; the limit is ${max}`] : []),
    ...(unpackedSize > maxInstalled
      ? [`${name} is ${unpackedSize} bytes installed; the limit is ${maxInstalled}`]
      : []),
    ...(files.length === 0 ? [`${name} is empty`] : []),
    ...checks.map(({ path }) => `${name} holds ${path}, which only checks it`),
  ]
}
