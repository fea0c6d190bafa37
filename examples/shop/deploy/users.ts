/** The files of `deploy/` that hold the shop's users and their permissions. */
import { shop } from "../main.ts"
import { databaseRolesText } from "../../../app/operations/database-roles.ts"
import { natsUsersText } from "../../../app/operations/nats-users.ts"

const MADE = "made by `npm run deploy:users`"

/**
 * These files by their paths from the root, with their contents, for the named callers or the
 * default one. Throws `TypeError` for an illegal name.
 */
export const deployUsers = (callers?: readonly string[]): Readonly<Record<string, string>> => ({
  "examples/shop/deploy/nats/users.conf": `# The users of NATS and their permissions, ${MADE}.\n` +
    natsUsersText(shop, { callers }),
  "examples/shop/deploy/postgres/roles.sql":
    `-- The roles of Postgres, for psql as a superuser, ${MADE}.\n` +
    databaseRolesText(shop),
})
