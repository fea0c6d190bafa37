/** Removes the data of embedded servers, so that they begin again. */
import { readlink, rm } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { postgresIn } from "../data-folder.ts"
import { untilUnused } from "../folder-lock.ts"
import { passwordsFile } from "../passwords.ts"

/** No time to wait for a server that still uses the data: a person must stop it first. */
const AT_ONCE_MS = 0

/**
 * Removes what servers keep in this folder, and nothing else of it. Throws a `ServerError` when one
 * of them is running.
 */
export const removeData = async (folder: string): Promise<void> => {
  const [nats, postgres] = [join(folder, "nats"), postgresIn(folder)]
  const elsewhere = await readlink(postgres).catch(() => undefined)
  const data = elsewhere === undefined ? postgres : resolve(dirname(postgres), elsewhere)
  await untilUnused(join(nats, "nats-server.pid"), "nats-server", AT_ONCE_MS)
  await untilUnused(join(data, "postmaster.pid"), "postgres", AT_ONCE_MS)
  for (const path of [nats, postgres, data, join(folder, passwordsFile)]) {
    await rm(path, { recursive: true, force: true })
  }
}
