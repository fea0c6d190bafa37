/** Servers on which each role of an application is a user with only its own permissions. */
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { AppDefinition } from "../app/internal.ts"
import {
  databasePasswords,
  databaseRoles,
  databaseUrlsOf,
} from "../app/operations/database-roles.ts"
import {
  natsUrlsOf,
  natsUsers,
  type Passwords,
  passwordsFor,
  withUser,
} from "../app/operations/nats-users.ts"
import { type CallerOptions, usersOf } from "../app/operations/users.ts"
import type { NatsOptions, NatsServer } from "../app/development/nats/nats-server.ts"
import { runSql } from "../app/development/postgres/run-sql.ts"
import { createNamespace } from "./namespace.ts"
import { ownNats } from "./own-servers.ts"
import { temporaryFolder, type TestScope } from "./temporary-folder.ts"

/** The servers of one application. */
export interface OwnUsers {
  readonly nats: NatsServer
  /** The NATS address for one user. Throws `TypeError` if no user has this name. */
  readonly urlOf: (user: string) => string
  /** The part of the application's start options that says where the servers are. */
  readonly addresses: {
    readonly natsUrl: string
    readonly natsUrls: ReturnType<typeof natsUrlsOf>
    readonly databaseUrl: string
    readonly queriesUrl: string
  }
  /** The lines in which the nats-server reported a refusal. */
  readonly refusals: () => Promise<readonly string[]>
}

const newPassword = (): string => `p${randomBytes(12).toString("hex")}`

/**
 * Starts a nats-server with the application's users, and grants its roles a database: this one, or
 * an empty one of the shared Postgres. Rejects when a server cannot start or be reached.
 *
 * ```ts
 * test("every role may do its work", async (t) => {
 *   const { addresses, refusals } = await ownUsers(t, shop)
 *   const app = await App.start(shop, { ...addresses, port: 0 })
 *   await app.stop()
 *   assert.deepEqual(await refusals(), [])
 * })
 * ```
 */
export async function ownUsers(
  scope: TestScope,
  app: AppDefinition,
  database?: string,
  options: Partial<NatsOptions> & CallerOptions = {},
): Promise<OwnUsers> {
  const passwords = passwordsFor<string>(newPassword, usersOf(options))
  const log = join(await temporaryFolder(scope), "log")
  const config = { ...natsUsers(app, passwords, options), log_file: log, ...options.config }
  const nats = await ownNats(scope, { ...options, config })
  const databaseUrl = database ?? (await createNamespace()).databaseUrl
  await runSql(databaseUrl, databaseRoles(app))
  // The roles of the shared Postgres all have the password of its address.
  const { password } = new URL(databaseUrl)
  if (database !== undefined && password !== "") {
    await runSql(databaseUrl, databasePasswords(() => decodeURIComponent(password)))
  }
  return {
    nats,
    urlOf: (user) => {
      const password = passwords[user]
      if (password === undefined) throw new TypeError(`there is no user "${user}"`)
      return withUser(nats.url, user, password)
    },
    addresses: {
      natsUrl: nats.url,
      natsUrls: natsUrlsOf(nats.url, passwords as Passwords),
      ...databaseUrlsOf(databaseUrl),
    },
    refusals: async () =>
      (await readFile(log, "utf8")).split("\n").filter((line) => /violation|authoriz/i.test(line)),
  }
}
