/** The packages that Leftfold shares with an application: one copy of each. */
import { readFileSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The packages whose types users write. */
const SHARED = ["effect", "hono"] as const

/** An installed package. */
interface Copy {
  readonly folder: string
  readonly version: string
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestIn = (folder: string): Manifest | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  } catch {
    return undefined
  }
}

/** The copy of a package that modules in a folder import; undefined when they find none. */
const copySeenFrom = (folder: string, name: string): Copy | undefined => {
  let path: string
  try {
    path = realpathSync(createRequire(join(folder, "-.js")).resolve(name))
  } catch {
    return undefined
  }
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    const manifest = manifestIn(above)
    if (manifest?.name === name) return { folder: above, version: manifest.version ?? "" }
  }
  return undefined
}

const numbersOf = (version: string): readonly number[] =>
  version.replace(/^\D*/, "").split(/[.-]/, 3).map(Number)

/** Whether a version is in a range such as `^4.1.0`. */
export const isWithin = (version: string, range: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = numbersOf(version)
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = numbersOf(range)
  if (major !== wantedMajor) return false
  return minor !== wantedMinor ? minor > wantedMinor : patch >= wantedPatch
}

const problemWith = (name: string, range: string, own: string, app: string): string | undefined => {
  const ours = copySeenFrom(own, name)
  if (ours === undefined) return `${name} is not installed: npm install ${name}@${range}`
  if (!isWithin(ours.version, range)) {
    return `${name} ${ours.version} (${ours.folder}) does not fit: npm install ${name}@${range}`
  }
  const theirs = copySeenFrom(app, name)
  if (theirs === undefined || theirs.folder === ours.folder) return undefined
  return `there are two copies of ${name}: the application uses ${theirs.version} ` +
    `(${theirs.folder}), and Leftfold ${ours.version} (${ours.folder}). What one of them makes ` +
    `is unknown to the other. Install ${name}@${range} once: ` +
    `npm ls ${name} shows who asks for which`
}

/**
 * What is wrong with the packages that Leftfold, installed in `own`, shares with the application in
 * the folder `app`; undefined when nothing is. It loads none of them: one of a wrong version might
 * not even load.
 */
export const peerProblem = (
  app: string,
  own = dirname(dirname(fileURLToPath(import.meta.url))),
): string | undefined => {
  const manifest = manifestIn(own)
  const ranges = { ...manifest?.dependencies, ...manifest?.peerDependencies }
  for (const name of SHARED) {
    const range = ranges[name]
    const problem = range === undefined ? undefined : problemWith(name, range, own, app)
    if (problem !== undefined) return problem
  }
  return undefined
}
