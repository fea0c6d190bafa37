/** The folder where server programs are kept between runs, and how they get into it safely. */
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where the cache is: `LEFTFOLD_CACHE`, or for root a folder that every user can read (Postgres
 * does not run as root, and root's home is closed to others), or the user's own cache folder.
 */
export function cacheFolder(environment: Environment, uid: number | undefined): string {
  if (environment.LEFTFOLD_CACHE) return environment.LEFTFOLD_CACHE
  if (uid === 0) return "/var/cache/leftfold"
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "leftfold")
}

/** Whether a file or folder is there. */
export const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)

/**
 * Builds a folder in the cache once: as a draft beside its place, then put there by one rename, so
 * that two processes may do it at the same time. The result can be read by every user.
 */
export async function buildOnce(
  target: string,
  build: (draft: string) => Promise<void>,
): Promise<void> {
  if (await exists(target)) return
  const created = await mkdir(dirname(target), { recursive: true, mode: 0o755 })
  if (created !== undefined) await makeReadable(created)
  const draft = await mkdtemp(`${target}.draft-`)
  try {
    await build(draft)
    await makeReadable(draft)
    await rename(draft, target).catch(async (error: unknown) => {
      if (!await exists(target)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** A strict umask or a package's own modes must not hide the files from the servers' user. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await makeReadable(path)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}
