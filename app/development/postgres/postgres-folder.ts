/** The folder that Postgres really keeps its data in: one that its user can reach. */
import { createHash } from "node:crypto"
import { chmod, chown, lstat, mkdir, readlink, symlink } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { exists } from "../cache.ts"
import { runCommand } from "../command.ts"
import { ServerError } from "../server-error.ts"
import type { ServerUser } from "./server-user.ts"

/** Where data is kept that cannot be in the folder that was asked for. */
const sharedDataFolder = "/var/lib/leftfold"

/** Others may pass through, to what is theirs, without seeing what is there. */
const PASSAGE = 0o711

/**
 * Answers the folder to use for the data asked for at `dataFolder`; it need not be there yet, but
 * the folder above it is. It is `dataFolder` itself, except when Postgres runs as another user who
 * cannot reach that (root's home is closed to others): then it is a folder of its own in
 * `sharedDataFolder`, and a link at `dataFolder` leads there.
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
 * The link alone says which data belongs here. Without one, data that is at the same place came
 * from a folder that was deleted or moved, so it is neither used nor deleted.
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

/** Makes an empty folder that belongs to the user Postgres runs as. */
export async function makeOwnedFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  if (user !== undefined) await chown(folder, user.uid, user.gid)
}
