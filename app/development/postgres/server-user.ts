/** The user that runs Postgres, which refuses to run as root. */
import { readFile, stat } from "node:fs/promises"
import process from "node:process"
import { join } from "node:path"
import { ServerError } from "../server-error.ts"

/** A user of this machine, with its ids. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * The user to run Postgres as; undefined for the current user. When the current user is root, it is
 * the owner of existing data, or the machine's user `postgres`, or `nobody`.
 */
export async function serverUser(
  dataFolder: string,
  uid: number | undefined = process.getuid?.(),
  passwordFile = "/etc/passwd",
): Promise<ServerUser | undefined> {
  if (uid !== 0) return undefined
  const users = parseUsers(await readFile(passwordFile, "utf8").catch(() => ""))
  const owner = await stat(join(dataFolder, "PG_VERSION")).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) {
    const name = users.find((user) => user.uid === owner.uid)?.name ?? `user ${owner.uid}`
    return { name, uid: owner.uid, gid: owner.gid }
  }
  const user = users.find(({ name }) => name === "postgres") ??
    users.find(({ name }) => name === "nobody")
  if (user !== undefined && user.uid !== 0) return user
  throw new ServerError(
    "Postgres does not run as root, and this machine has no user postgres or nobody to run it " +
      "as: run this as another user, or set DATABASE_URL to the address of a running Postgres",
  )
}

/** The users in a password file. Lines that name no user are left out. */
export function parseUsers(text: string): ReadonlyArray<ServerUser> {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":")
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}
