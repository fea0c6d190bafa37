/** Postgres' data on disk: made when missing, and refused when another version wrote it. */
import { createHash } from "node:crypto"
import { readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { writePrivateFile } from "../../operations/private-files.ts"
import { runCommand } from "../command.ts"
import type { PostgresBinary } from "./postgres-binary.ts"
import { makeOwnedFolder } from "./postgres-folder.ts"
import { scramVerifier } from "./scram.ts"
import { ServerError } from "../server-error.ts"
import type { ServerUser } from "./server-user.ts"

/** The superuser. It makes an application's roles; the application itself does not use it. */
export const databaseUser = "leftfold"

/** The file that says who may connect. */
const ACCESS_FILE = "pg_hba.conf"

/** What the preparation of data needs. */
export interface PostgresData {
  readonly binary: PostgresBinary
  readonly folder: string
  /** The user that runs Postgres, if it is not the current user. */
  readonly user: ServerUser | undefined
  /** The password of the superuser. */
  readonly password: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes the data if it is missing, and makes every connection require a password. Throws a
 * `ServerError` when the data cannot be used.
 */
export async function preparePostgresData(data: PostgresData): Promise<void> {
  const { binary, folder } = data
  const version = await readFile(join(folder, "PG_VERSION"), "utf8").catch(() => undefined)
  if (version === undefined) await createData(data)
  else if (version.trim() !== binary.major) {
    throw new ServerError(
      `the data in ${folder} was written by Postgres ${version.trim()}, and this is Postgres ` +
        `${binary.major}: choose another folder with LEFTFOLD_DATA, or move the data by ` +
        "pg_dump and pg_restore",
    )
  }
  await closeData(data)
}

/** The file's text. It holds a digest of the password, so that a change of it is noticed. */
const accessText = (password: string): string =>
  `# Written by Leftfold at each start: nobody connects without a password.
# That of ${databaseUser} has the digest ${
    createHash("sha256").update(password).digest("hex").slice(0, 16)
  }.
host all all 127.0.0.1/32 scram-sha-256
`

/**
 * Sets the superuser's password and makes every connection require one, unless that is done: for
 * new data, for data made when everybody was trusted, and after a change of the password.
 */
async function closeData({ binary, folder, user, password, signal }: PostgresData): Promise<void> {
  const path = join(folder, ACCESS_FILE)
  const text = accessText(password)
  if (await readFile(path, "utf8").catch(() => "") === text) return
  // Runs one statement in single-user mode, which needs no password and takes no connections.
  const result = await runCommand(binary.postgres, ["--single", "-D", folder, "postgres"], {
    user,
    signal,
    input: `alter role ${databaseUser} password '${scramVerifier(password)}';\n`,
  })
  if (result.exitCode !== 0 || /^.*(ERROR|FATAL): /m.test(result.output)) {
    throw new ServerError(`Postgres' password could not be set: ${lastLine(result.output)}`)
  }
  await writePrivateFile(path, text, user)
}

/** Makes the data as a draft, so that an interrupted start leaves no half-made data. */
async function createData({ binary, folder, user, signal }: PostgresData): Promise<void> {
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  await makeOwnedFolder(draft, user)
  const result = await runCommand(binary.initdb, [
    `--pgdata=${draft}`,
    `--username=${databaseUser}`,
    "--auth=reject",
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
