/** The cache folder: it keeps server programs between runs, and builds them there safely. */
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { flawOf, requireOwnCache, seal } from "./seal.ts"

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The path of the cache: `LEFTFOLD_CACHE` if it is set. For root it is a folder that every user can
 * read, because Postgres does not run as root and root's home is closed to others. Otherwise it is
 * the user's own cache folder.
 */
export function cacheFolder(environment: Environment, uid: number | undefined): string {
  if (environment.LEFTFOLD_CACHE) return environment.LEFTFOLD_CACHE
  if (uid === 0) return "/var/cache/leftfold"
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "leftfold")
}

/** Whether a file or folder exists. */
export const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)

/** The users that can read a folder of the cache: its owner, or every user of the machine. */
export type Readers = "owner" | "all"

/**
 * Builds the folder `<cache>/<program>/<version>` and seals it, unless it exists and its seal is
 * intact. A draft is renamed into place, so two processes can do this at the same time. Throws a
 * `ServerError` when other users can write to the cache.
 */
export async function buildOnce(
  target: string,
  build: (draft: string) => Promise<void>,
  readers: Readers = "owner",
): Promise<void> {
  if (await flawOf(target) === undefined) return
  await makeParents(target, readers)
  await requireOwnCache(target)
  const draft = await mkdtemp(`${target}.draft-`)
  try {
    await build(draft)
    await setModes(draft, readers)
    await seal(draft)
    await replace(target, draft)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Makes the folders above. The cache stays open when the servers' user must get through it. */
async function makeParents(target: string, readers: Readers): Promise<void> {
  const program = dirname(target)
  const folderMode = readers === "all" ? 0o755 : 0o700
  const cacheMode = process.getuid?.() === 0 ? 0o755 : folderMode
  const created = await mkdir(dirname(program), { recursive: true, mode: 0o700 })
  // A strict umask must not hide the cache from the servers' user.
  if (created !== undefined) await chmodFrom(created, dirname(program), cacheMode)
  if (await mkdir(program, { recursive: true })) await chmod(program, folderMode)
}

/** Sets the mode of the inner folder, of the outer one, and of all between them. */
async function chmodFrom(outer: string, inner: string, mode: number): Promise<void> {
  for (let folder = inner; folder.length >= outer.length; folder = dirname(folder)) {
    await chmod(folder, mode)
  }
}

/** Replaces the target with the draft, unless another process has just built it. */
async function replace(target: string, draft: string): Promise<void> {
  const old = `${draft}.old`
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await rename(draft, target).then(() => true, () => false)) break
    if (await flawOf(target) === undefined) return
    await rename(target, old).catch(() => {})
  }
  await rm(old, { recursive: true, force: true })
  const flaw = await flawOf(target)
  if (flaw !== undefined) throw new Error(flaw)
}

/** Sets the modes, so that neither a umask nor the package hides files from their readers. */
async function setModes(folder: string, readers: Readers): Promise<void> {
  const others = readers === "all" ? 0o055 : 0
  await chmod(folder, 0o700 | others)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await setModes(path, readers)
    else if (entry.isFile()) {
      const isProgram = ((await stat(path)).mode & 0o100) !== 0
      await chmod(path, isProgram ? 0o700 | others : 0o600 | (others & 0o044))
    }
  }
}
