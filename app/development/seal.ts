/** The seal of a folder in the cache: a checksum of its contents, which reveals changes. */
import { createHash } from "node:crypto"
import { lstat, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { ServerError } from "./server-error.ts"
import { messageOf } from "../../contracts/internal.ts"

/** The file with the checksum, in the sealed folder. Only its owner can read it. */
const SEAL = "seal.sha256"

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex")

/** One line for each entry below a folder: its kind, its checksum or link target, and its name. */
async function linesOf(folder: string, below: string): Promise<ReadonlyArray<string>> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const lines = entries.map(async (entry) => {
    const name = join(below, entry.name)
    const path = join(folder, name)
    if (name === SEAL) return []
    if (entry.isDirectory()) return await linesOf(folder, name)
    if (entry.isSymbolicLink()) return [`link ${await readlink(path)} ${name}`]
    if (!entry.isFile()) return [`other ${name}`]
    const [{ mode }, data] = await Promise.all([lstat(path), readFile(path)])
    return [`${(mode & 0o100) === 0 ? "file" : "program"} ${sha256(data)} ${name}`]
  })
  return (await Promise.all(lines)).flat()
}

const checksumOf = async (folder: string): Promise<string> =>
  sha256([...await linesOf(folder, "")].sort().join("\n"))

/** Seals a folder: its contents must stay as they are now. */
export const seal = async (folder: string): Promise<void> =>
  await writeFile(join(folder, SEAL), `${await checksumOf(folder)}\n`, { mode: 0o600 })

/**
 * Throws a `ServerError` when a user other than root or the current one could have changed the
 * folder. A missing folder belongs to nobody.
 */
async function requireOwn(folder: string, uid = process.getuid?.()): Promise<void> {
  if (uid === undefined) return
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) return
  const advice = "or name another folder with LEFTFOLD_CACHE"
  if (found.uid !== uid && found.uid !== 0) {
    throw new ServerError(`${folder} belongs to another user: remove it, ${advice}`)
  }
  if ((found.mode & 0o022) !== 0) {
    throw new ServerError(
      `${folder} can be changed by other users: remove it, because programs run from it, ${advice}`,
    )
  }
}

/** The folder of the program's versions in the cache, and the cache itself. */
const above = (folder: string): ReadonlyArray<string> => [dirname(folder), dirname(dirname(folder))]

/** Throws a `ServerError` when other users could add something to the cache around this folder. */
export async function requireOwnCache(folder: string): Promise<void> {
  for (const each of above(folder)) await requireOwn(each)
}

/** Why a folder of the cache cannot be used; undefined when it can. */
export async function flawOf(folder: string): Promise<string | undefined> {
  try {
    for (const each of [folder, ...above(folder)]) await requireOwn(each)
  } catch (error) {
    return messageOf(error)
  }
  const expected = await readFile(join(folder, SEAL), "utf8").catch(() => undefined)
  if (expected === undefined) return `${folder} has no seal`
  if (expected.trim() === await checksumOf(folder)) return undefined
  return `${folder} is not as it was installed`
}
