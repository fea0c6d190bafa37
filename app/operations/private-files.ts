/** Folders and files that hold secrets: only their owner can read them. */
import { chmod, mkdir, open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import process from "node:process"

/** The mode of a folder that only its owner may enter. */
const FOLDER_MODE = 0o700
/** The mode of a file that only its owner may read and write. */
const FILE_MODE = 0o600
/** The mode of folders above a private one: others may list them, but not change them. */
const PARENT_MODE = 0o755
const OTHERS = 0o077

/** A user and a group, by number. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Makes a folder that only its owner may enter, whatever the umask is. An existing folder is closed
 * to others. Throws when the path is not a folder, or when the folder belongs to another user, who
 * could read its files.
 */
export const privateFolder = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: PARENT_MODE })
  await mkdir(path, { mode: FOLDER_MODE }).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
  const there = await stat(path)
  if (!there.isDirectory()) throw new Error(`${path} is no folder: choose another one`)
  const uid = process.getuid?.()
  if (uid !== undefined && there.uid !== uid) {
    throw new Error(
      `the folder ${path} belongs to user ${there.uid}, and this runs as user ${uid}: ` +
        `secrets are kept in folders of one's own, so run chown ${uid} on it, or choose another`,
    )
  }
  if ((there.mode & OTHERS) !== 0) await chmod(path, FOLDER_MODE)
}

/**
 * Writes a file that only its owner can ever read. A file at the path is replaced at once. A link
 * there is not followed. The owner is the current user unless another is given.
 */
export const writePrivateFile = async (
  path: string,
  text: string,
  owner?: Owner,
): Promise<void> => {
  const draft = `${path}.draft`
  await rm(draft, { force: true })
  const file = await open(draft, "wx", FILE_MODE)
  try {
    if (owner) await file.chown(owner.uid, owner.gid)
    await file.writeFile(text)
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
