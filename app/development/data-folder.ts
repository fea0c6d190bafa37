/** The folder of all data. It is closed to other users, except for the passage Postgres needs. */
import { chmod, chown, lstat } from "node:fs/promises"
import { join } from "node:path"
import { privateFolder } from "../operations/private-files.ts"
import { serverUser } from "./postgres/server-user.ts"

/** The owner may do everything; the group may pass through without listing the folder. */
const PASSAGE = 0o710

/** The path of Postgres' data in the data folder. */
export const postgresIn = (folder: string): string => join(folder, "postgres")

/**
 * Makes the data folder, or closes it to other users. When root runs Postgres as another user, that
 * user's group may pass through, unless Postgres is not embedded or its data is elsewhere. Throws
 * when the folder belongs to another user.
 */
export async function prepareDataFolder(folder: string, withPostgres: boolean): Promise<void> {
  await privateFolder(folder)
  const there = await lstat(postgresIn(folder)).catch(() => undefined)
  if (!withPostgres || there?.isSymbolicLink()) return
  const user = await serverUser(postgresIn(folder))
  if (user === undefined) return
  await chown(folder, 0, user.gid)
  await chmod(folder, PASSAGE)
}
