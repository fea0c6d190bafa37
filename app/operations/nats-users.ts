/** The users of NATS in a nats-server's configuration, and the address of each role. */
import { Names, type NamesOptions } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { permissionsOf } from "./permissions.ts"
import { type CallerOptions, type RoleUser, type User, USERS, usersOf } from "./users.ts"
import type { Role } from "../roles.ts"

/** A password for each user of a role. */
export type Passwords = Readonly<Record<RoleUser, string>>

interface Allowed {
  readonly allow: readonly string[]
  readonly deny?: readonly string[]
}

/** The part of a nats-server's configuration that defines users. */
export interface NatsUsers {
  readonly authorization: {
    readonly users: readonly {
      readonly user: string
      readonly password: string
      readonly permissions: { readonly publish: Allowed; readonly subscribe: Allowed }
    }[]
  }
}

/** The user that a role connects as. */
export const userOf = (role: Role): RoleUser => role === "provision" ? "admin" : role

/**
 * The configuration that accepts exactly these users, each with the permissions of its role. Throws
 * `TypeError` when a password is missing, or when a caller's name is not allowed.
 */
export const natsUsers = (
  app: AppDefinition,
  passwords: Readonly<Record<string, string>>,
  options: CallerOptions = {},
): NatsUsers => {
  const names = new Names(options)
  return {
    authorization: {
      users: usersOf(options).map((user) => {
        const { publish, subscribe, denied } = permissionsOf(app, user, options)
        const password = passwords[user]
        if (!password) throw new TypeError(`the user ${user} has no password`)
        const permissions = {
          publish: { allow: publish, ...(denied.length === 0 ? {} : { deny: denied }) },
          subscribe: { allow: subscribe },
        }
        return { user: names.user(user), password, permissions }
      }),
    },
  }
}

/** The environment variable that holds a user's password on a nats-server. */
export const passwordVariable = (user: string): string =>
  `LEFTFOLD_${user.toUpperCase().replaceAll("-", "_")}_PASSWORD`

/**
 * The same as a part of a configuration file, for `include users.conf`. The server reads the
 * passwords from its environment. Each password must begin with a letter; otherwise the server
 * takes it for a number.
 */
export const natsUsersText = (app: AppDefinition, options: CallerOptions = {}): string => {
  const variables = passwordsFor((user) => `$${passwordVariable(user)}`, usersOf(options))
  const { authorization } = natsUsers(app, variables, options)
  const text = JSON.stringify(authorization, undefined, 2)
  return `authorization: ${text.replaceAll(/"(\$LEFTFOLD_[A-Z0-9_]+_PASSWORD)"/g, "$1")}\n`
}

/** Adds a user and a password to addresses of NATS, which are separated by commas. */
export const withUser = (url: string, user: string, password: string): string =>
  url.replaceAll("//", `//${encodeURIComponent(user)}:${encodeURIComponent(password)}@`)

/** The address of these servers for each role, with its own user, whose name has the prefix. */
export const natsUrlsOf = (
  url: string,
  passwords: Passwords,
  options: NamesOptions = {},
): Readonly<Record<Role, string>> => {
  const names = new Names(options)
  const as = (role: Role) => withUser(url, names.user(userOf(role)), passwords[userOf(role)])
  const [provision, actors] = [as("provision"), as("actors")]
  const [projections, policies, gateway] = [as("projections"), as("policies"), as("gateway")]
  return { provision, actors, projections, policies, gateway }
}

/** A password from `make` for each user. */
export const passwordsFor = <Name extends string = User>(
  make: (user: Name) => string,
  users: readonly string[] = USERS,
): Readonly<Record<Name, string>> =>
  Object.fromEntries((users as readonly Name[]).map((user) => [user, make(user)])) as Record<
    Name,
    string
  >
