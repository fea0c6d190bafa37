/** Whether Postgres lets a user into a database, asked once before anything depends on it. */
import postgres from "postgres"
import { securedAddress } from "./secured-address.ts"
import { learnKind } from "./server-kind.ts"
import { codeOf, isOutage } from "./outage.ts"
import { messageOf } from "../../contracts/internal.ts"

const CONNECT_SECONDS = 5
const END_SECONDS = 1

const INVALID_PASSWORD = "28P01"
const INVALID_AUTHORIZATION = "28000"
const NO_DATABASE = "3D000"
const NO_PERMISSION = "42501"

/** What each code means to the person who configured the address; contains no password. */
const REASONS: { readonly [code: string]: (user: string, database: string) => string } = {
  [INVALID_PASSWORD]: (user) => `refuses the user ${user} or its password`,
  [INVALID_AUTHORIZATION]: (user) => `refuses the user ${user}`,
  [NO_DATABASE]: (_, database) => `has no database ${database}`,
  [NO_PERMISSION]: (user, database) =>
    `does not let the user ${user} into the database ${database}`,
}

/** Its rows would be older than the positions that answers name. */
const STANDBY =
  "is a standby, whose rows can be behind what the primary has announced: read from " +
  "the primary"

/**
 * Why the server at this address refuses its user for good. Undefined if it does not refuse, or
 * cannot be reached at the moment.
 */
export const refusalOf = async (address: string): Promise<string | undefined> => {
  const { username, pathname } = new URL(address)
  const names = [username, pathname.slice(1)].map(decodeURIComponent)
  const [user = "", database = ""] = names
  const secured = securedAddress(address)
  const sql = postgres(secured.address, {
    ...secured.options,
    ...{ max: 1, prepare: false, connect_timeout: CONNECT_SECONDS, onnotice: () => {} },
  })
  try {
    const { isStandby } = await learnKind(sql, address)
    return isStandby ? STANDBY : undefined
  } catch (error) {
    if (isOutage(error)) return undefined
    const message = messageOf(error)
    const reason = REASONS[codeOf(error)]?.(user, database)
    return reason === undefined ? `answers: ${message}` : `${reason} (${message})`
  } finally {
    await sql.end({ timeout: END_SECONDS })
  }
}
