/** What the files of `deploy/` say of the shop's users and their permissions. */
import { shop } from "../main.ts"
import { databaseRolesText } from "../../../app/operations/database-roles.ts"
import { natsUsersText } from "../../../app/operations/nats-users.ts"

const MADE = "made by `npm run deploy:users`"

/**
 * The files, by their paths from the root, and what is to be in them: for these callers, or the one
 * that there is when they are not named. Throws `TypeError` for a caller that cannot be called so.
 */
export const deployUsers = (callers?: readonly string[]): Readonly<Record<string, string>> => ({
  "examples/shop/deploy/nats/users.conf": `# The users of NATS and their permissions, ${MADE}.\n` +
    natsUsersText(shop, { callers }),
  "examples/shop/deploy/postgres/roles.sql":
    `-- The roles of Postgres, for psql as a superuser, ${MADE}.\n` +
    databaseRolesText(shop),
})
