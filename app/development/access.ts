/** Who is let in to embedded servers that an application runs on, and as whom it connects. */
import type { AppDefinition } from "../app.ts"
import { databaseRoles, databaseUrlsOf } from "../operations/database-roles.ts"
import { natsUrlsOf, natsUsers, type Passwords, passwordsFor } from "../operations/nats-users.ts"
import { USERS } from "../operations/permissions.ts"
import type { PasswordsByUser } from "./passwords.ts"
import type { Access, SystemServers } from "./system-servers.ts"

/** The passwords of all users. Throws when one is missing. */
export const completed = (passwords: PasswordsByUser): Passwords =>
  passwordsFor((user) => {
    const password = passwords[user]
    if (password === undefined) throw new TypeError(`the user ${user} has no password`)
    return password
  })

/** Who connects to NATS without a name is a caller, as any other service would be. */
export const accessOf = (app: AppDefinition): Access => ({
  users: USERS,
  nats: (passwords) => ({ ...natsUsers(app, completed(passwords)), no_auth_user: "caller" }),
  sql: databaseRoles(app),
})

/** Where each role finds its servers: as its own user, where there are such. */
export const addressesOf = (
  { natsUrl, passwords, databaseUrl, hasRoles }: Omit<SystemServers, "died">,
) => ({
  natsUrl,
  ...passwords && { natsUrls: natsUrlsOf(natsUrl, completed(passwords)) },
  ...hasRoles ? databaseUrlsOf(databaseUrl) : { databaseUrl },
})
