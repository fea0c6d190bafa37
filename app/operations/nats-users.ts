/** The users of NATS as a nats-server is told of them, and how each role says which it is. */
import type { AppDefinition } from "../app.ts"
import { permissionsOf, type User, USERS } from "./permissions.ts"
import type { Role } from "../roles.ts"

/** A password for each user; `caller` needs none where whoever says no name is one. */
export type Passwords = Readonly<Record<User, string>>

interface Allowed {
  readonly allow: readonly string[]
}

/** The settings of a nats-server, as its configuration file has them. */
export interface NatsUsers {
  readonly authorization: {
    readonly users: readonly {
      readonly user: User
      readonly password: string
      readonly permissions: { readonly publish: Allowed; readonly subscribe: Allowed }
    }[]
  }
}

/** The user as which a role connects. */
export const userOf = (role: Role): User => role === "provision" ? "admin" : role

/** The settings that let exactly these users in, each with the permissions of its role. */
export const natsUsers = (app: AppDefinition, passwords: Passwords): NatsUsers => ({
  authorization: {
    users: USERS.map((user) => {
      const { publish, subscribe } = permissionsOf(app, user)
      const permissions = { publish: { allow: publish }, subscribe: { allow: subscribe } }
      return { user, password: passwords[user], permissions }
    }),
  },
})

/** The environment variable of a nats-server that holds the password of a user. */
export const passwordVariable = (user: User): string => `LEFTFOLD_${user.toUpperCase()}_PASSWORD`

/**
 * The same as a part of a configuration file, to be included by `include users.conf`. Passwords
 * are read from the server's environment; each must begin with a letter, as the server would take
 * it for a number otherwise.
 */
export const natsUsersText = (app: AppDefinition): string => {
  const variables = USERS.map((user) => [user, `$${passwordVariable(user)}`])
  const { authorization } = natsUsers(app, Object.fromEntries(variables))
  const text = JSON.stringify(authorization, undefined, 2)
  return `authorization: ${text.replaceAll(/"(\$LEFTFOLD_[A-Z]+_PASSWORD)"/g, "$1")}\n`
}

/** Addresses of NATS, several separated by commas, with a user and a password. */
export const withUser = (url: string, user: string, password: string): string =>
  url.replaceAll("//", `//${encodeURIComponent(user)}:${encodeURIComponent(password)}@`)

/** Where each role finds these servers, as its own user. */
export const natsUrlsOf = (url: string, passwords: Passwords): Readonly<Record<Role, string>> => {
  const as = (role: Role) => withUser(url, userOf(role), passwords[userOf(role)])
  const [provision, actors] = [as("provision"), as("actors")]
  const [projections, policies, gateway] = [as("projections"), as("policies"), as("gateway")]
  return { provision, actors, projections, policies, gateway }
}

/** A password for each user from `make`. */
export const passwordsFor = (make: (user: User) => string): Passwords =>
  Object.fromEntries(USERS.map((user) => [user, make(user)])) as Passwords
