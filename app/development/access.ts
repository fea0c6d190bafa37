/** Access to an application's embedded servers: their users, and the addresses for each role. */
import type { AppDefinition } from "../app.ts"
import {
  DATABASE_ROLES,
  databasePasswords,
  type DatabaseRole,
  databaseRoles,
  databaseUrlsOf,
} from "../operations/database-roles.ts"
import { natsUrlsOf, natsUsers, type Passwords, passwordsFor } from "../operations/nats-users.ts"
import { USERS } from "../operations/users.ts"
import type { PasswordsByUser } from "./passwords.ts"
import { databaseUser } from "./postgres/postgres-data.ts"
import { scramVerifier } from "./postgres/scram.ts"
import type { Access, SystemServers } from "./system-servers.ts"

const passwordIn = (passwords: PasswordsByUser, user: string): string => {
  const password = passwords[user]
  if (password === undefined) throw new TypeError(`the user ${user} has no password`)
  return password
}

/** The passwords of all users of NATS. Throws `TypeError` when a password is missing. */
export const completed = (passwords: PasswordsByUser): Passwords =>
  passwordsFor((user) => passwordIn(passwords, user))

const databasePasswordIn = (passwords: PasswordsByUser) => (role: DatabaseRole): string =>
  passwordIn(passwords, DATABASE_ROLES[role])

/** The access for an application. NATS takes a connection without a user for `caller`. */
export const accessOf = (app: AppDefinition): Access => ({
  users: [...USERS, databaseUser, ...Object.values(DATABASE_ROLES)],
  nats: (passwords) => ({
    ...natsUsers(app, completed(passwords), { commonInboxes: "caller" }),
    no_auth_user: "caller",
  }),
  sql: (passwords) => {
    const passwordOf = databasePasswordIn(passwords)
    return databaseRoles(app) + databasePasswords((role) => scramVerifier(passwordOf(role)))
  },
})

/** The addresses of the servers for each role: with its own user where the servers have users. */
export const addressesOf = (
  { natsUrl, hasUsers, passwords, databaseUrl, hasRoles }: Omit<
    SystemServers,
    "died" | "reconfigure"
  >,
) => ({
  natsUrl,
  ...hasUsers && { natsUrls: natsUrlsOf(natsUrl, completed(passwords)) },
  ...hasRoles ? databaseUrlsOf(databaseUrl, databasePasswordIn(passwords)) : { databaseUrl },
})
