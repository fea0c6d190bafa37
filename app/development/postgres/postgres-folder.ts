/** The folder in which Postgres keeps its data: one that its user can reach. */
import { createHash } from "node:crypto"
import { chmod, chown, lstat, mkdir, readlink, symlink } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { exists } from "../cache.ts"
import { runCommand } from "../command.ts"
import { ServerError } from "../server-error.ts"
import type { ServerUser } from "./server-user.ts"

/** The parent of data folders whose wanted place Postgres' user cannot reach. */
const sharedDataFolder = "/var/lib/leftfold"

/** Others may pass through to their own folders, without listing this one. */
const PASSAGE = 0o711

/**
 * The folder to use for the data wanted at `dataFolder`. Its parent exists; the folder itself need
 * not. It is `dataFolder`, unless Postgres runs as another user who cannot reach that, because
 * root's home is closed to others. Then it is a new folder in `sharedDataFolder`, and a link at
 * `dataFolder` leads there.
 */
export async function postgresFolder(
  dataFolder: string,
  user: ServerUser | undefined,
  shared: string = sharedDataFolder,
): Promise<string> {
  const wanted = resolve(dataFolder)
  await mkdir(dirname(wanted), { recursive: true, mode: 0o755 })
  const there = await lstat(wanted).catch(() => undefined)
  if (there?.isSymbolicLink()) return resolve(dirname(wanted), await readlink(wanted))
  if (user === undefined || await canEnter(user, dirname(wanted))) return wanted
  if (there !== undefined) {
    throw new ServerError(
      `the data in ${wanted} cannot be reached by ${user.name}, who Postgres runs as: open the ` +
        "folders above it, or choose another folder with LEFTFOLD_DATA",
    )
  }
  await mkdir(shared, { recursive: true, mode: PASSAGE })
  await chmod(shared, PASSAGE)
  const folder = await unusedFolder(join(shared, hash(wanted)))
  await symlink(folder, wanted)
  return folder
}

/**
 * A folder that does not exist yet. Only the link says which data belongs here. Data at the same
 * place without a link is from a folder that was deleted or moved, so it is neither used nor
 * deleted.
 */
async function unusedFolder(folder: string): Promise<string> {
  for (let number = 1;; number++) {
    const name = number === 1 ? folder : `${folder}-${number}`
    if (!await exists(name)) return name
  }
}

const hash = (path: string) => createHash("sha256").update(path).digest("hex").slice(0, 16)

async function canEnter(user: ServerUser, folder: string): Promise<boolean> {
  const { exitCode } = await runCommand("sh", ["-c", 'cd "$1"', "sh", folder], { user })
  return exitCode === 0
}

/** Makes an empty folder that belongs to the user that runs Postgres. */
export async function makeOwnedFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  if (user !== undefined) await chown(folder, user.uid, user.gid)
}
