/** Random passwords for the users of the embedded servers, kept next to their data. */
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Schema } from "effect"
import { writePrivateFile } from "../operations/private-files.ts"
import { ServerError } from "./server-error.ts"

/** Passwords by user. */
export type PasswordsByUser = Readonly<Record<string, string>>

/** The name of the file in the data folder. Only its owner can read it. */
export const passwordsFile = "passwords.json"

const decode = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)),
)

/** A new password. It starts with a letter: a nats-server takes a first digit for a number. */
const newPassword = (): string => `p${randomBytes(16).toString("hex")}`

/**
 * The passwords of these users, kept in an existing folder. Missing passwords are made. Throws a
 * `ServerError` when the file does not hold passwords.
 */
export async function keepPasswords(
  folder: string,
  users: readonly string[],
): Promise<PasswordsByUser> {
  const path = join(folder, passwordsFile)
  const text = await readFile(path, "utf8").catch(() => "{}")
  let known: PasswordsByUser
  try {
    known = decode(text)
  } catch {
    throw new ServerError(`${path} holds no passwords: delete it, and new ones are made`)
  }
  const all = Object.fromEntries(users.map((user) => [user, known[user] ?? newPassword()]))
  await writePrivateFile(path, JSON.stringify(all, undefined, 2) + "\n")
  return all
}
