/** New data of a Postgres: made once for a run of tests, and copied for each server. */
import process from "node:process"
import { runCommand } from "../app/development/command.ts"
import { findPostgres } from "../app/development/postgres/postgres-binary.ts"
import { preparePostgresData } from "../app/development/postgres/postgres-data.ts"
import { postgresFolder } from "../app/development/postgres/postgres-folder.ts"
import { serverUser } from "../app/development/postgres/server-user.ts"

/** The variable with the folder of the data that servers are made from. */
export const DATA_VARIABLE = "LEFTFOLD_TEST_POSTGRES_DATA"

/**
 * Makes data with this password of the superuser, and copies it to another folder. Resolves to the
 * folder that it was made in: not the given one if Postgres' user cannot reach that. Throws when it
 * cannot be made.
 */
export const makeData = async (
  folder: string,
  password: string,
  copy: string,
  signal?: AbortSignal,
): Promise<string> => {
  const user = await serverUser(folder)
  const made = await postgresFolder(folder, user)
  const binary = await findPostgres()
  await preparePostgresData({ binary, folder: made, user, password, signal })
  await copyData(made, await postgresFolder(copy, user))
  return made
}

/**
 * Copies the run's data to a folder; resolves to the password of its superuser. Outside of a test
 * run it does nothing. Throws when the data cannot be copied.
 */
export const copiedData = async (folder: string): Promise<string | undefined> => {
  const { [DATA_VARIABLE]: made, LEFTFOLD_TEST_POSTGRES: url } = process.env
  if (!made || !url) return undefined
  await copyData(made, await postgresFolder(folder, await serverUser(folder)))
  return decodeURIComponent(new URL(url).password)
}

const copyData = async (from: string, to: string): Promise<void> => {
  const { exitCode, output } = await runCommand("cp", ["-a", from, to])
  if (exitCode !== 0) throw new Error(`the data in ${from} cannot be copied to ${to}: ${output}`)
}
