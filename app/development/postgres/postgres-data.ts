/** Postgres' data on disk: made when it is not there, refused when it is another version's. */
import { readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { runCommand } from "../command.ts"
import type { PostgresBinary } from "./postgres-binary.ts"
import { makeOwnedFolder } from "./postgres-folder.ts"
import { ServerError } from "../server-error.ts"
import type { ServerUser } from "./server-user.ts"

/** The database user that owns everything. */
export const databaseUser = "leftfold"

/** Makes the data folder unless it is there. Throws a `ServerError` when it cannot be used. */
export async function preparePostgresData(
  binary: PostgresBinary,
  folder: string,
  user: ServerUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const version = await readFile(join(folder, "PG_VERSION"), "utf8").catch(() => undefined)
  if (version === undefined) return await createData(binary, folder, user, signal)
  if (version.trim() === binary.major) return
  throw new ServerError(
    `the data in ${folder} was written by Postgres ${version.trim()}, and this is Postgres ` +
      `${binary.major}: choose another folder with LEFTFOLD_DATA, or move the data by ` +
      "pg_dump and pg_restore",
  )
}

/** The data is made as a draft, so that an interrupted start leaves nothing half made behind. */
async function createData(
  binary: PostgresBinary,
  folder: string,
  user: ServerUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  await makeOwnedFolder(draft, user)
  const result = await runCommand(binary.initdb, [
    `--pgdata=${draft}`,
    `--username=${databaseUser}`,
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
  ], { user, signal })
  if (result.exitCode !== 0) {
    await rm(draft, { recursive: true, force: true })
    throw new ServerError(`Postgres could not make its data folder: ${lastLine(result.output)}`)
  }
  await rename(draft, folder)
}

const lastLine = (output: string) =>
  output.split("\n").findLast((line) => /error|fatal|could not/i.test(line)) ?? output
