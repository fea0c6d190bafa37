/** The folder of all data: closed to others, but for the way through it that Postgres needs. */
import { chmod, chown, lstat } from "node:fs/promises"
import { join } from "node:path"
import { privateFolder } from "../operations/private-files.ts"
import { serverUser } from "./postgres/server-user.ts"

/** The owner may do everything, the group may pass through without seeing what is there. */
const PASSAGE = 0o710

/** Where Postgres' data is in it. */
export const postgresIn = (folder: string): string => join(folder, "postgres")

/**
 * Makes the folder, or closes it to others. For root, whose Postgres runs as another user, that
 * user's group may pass through it, unless there is no Postgres or its data is elsewhere. Throws
 * when the folder is another user's.
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
