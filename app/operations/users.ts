/** The users of NATS: one for each role, and the callers, which are all other services. */
import type { NamesOptions } from "../../wire/internal.ts"

/** The users that roles connect as. `admin` is for the role `provision` and for the operator. */
export const ROLE_USERS = ["admin", "actors", "projections", "policies", "gateway"] as const

/** A user that a role connects as. */
export type RoleUser = typeof ROLE_USERS[number]

/** The user that all other services share unless named. They can read each other's answers. */
export const CALLERS = ["caller"] as const

/** All users when callers are not named. */
export const USERS = [...ROLE_USERS, ...CALLERS] as const

/** One of these users. */
export type User = typeof USERS[number]

/** The other services that use NATS, and the names of an application there. */
export interface CallerOptions extends NamesOptions {
  /** A user for each service, with its own inboxes, `_INBOX_<name>.>`. */
  readonly callers?: readonly string[] | undefined
  /**
   * The caller that also has the common inboxes, `_INBOX.>`, where clients without a prefix get
   * their answers. By default no user has them, because their owner can read everything that is
   * sent there.
   */
  readonly commonInboxes?: string | undefined
}

const CALLER_NAME = /^[a-z][a-z0-9-]{0,31}$/

/** All users. Throws `TypeError` for a caller's name that is not allowed or is taken. */
export const usersOf = ({ callers = CALLERS }: CallerOptions): readonly string[] => {
  const taken = new Set<string>(ROLE_USERS)
  for (const name of callers) {
    if (!CALLER_NAME.test(name)) {
      throw new TypeError(
        `"${name}" cannot be the name of a caller: use up to 32 of a-z, 0-9 and -, a letter first`,
      )
    }
    if (name.startsWith("database-")) {
      throw new TypeError(
        `"${name}" cannot be the name of a caller: LEFTFOLD_DATABASE_… is for roles of Postgres`,
      )
    }
    if (taken.has(name)) throw new TypeError(`there are two users called "${name}"`)
    taken.add(name)
  }
  return [...taken]
}
