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

/** Another application that follows this one: it reads logs, and nothing else. */
export interface Follower {
  /** Its user, with its own inboxes, `_INBOX_<name>.>`. */
  readonly name: string
  /** The contexts whose logs it reads. */
  readonly contexts: readonly string[]
  /**
   * The names of its policies that read them, each after its own prefix and a slash if it has one.
   * Nobody else can change their positions.
   */
  readonly policies: readonly string[]
}

/** The other services that use NATS, and the names of an application there. */
export interface CallerOptions extends NamesOptions {
  /** A user for each service, with its own inboxes, `_INBOX_<name>.>`. */
  readonly callers?: readonly string[] | undefined
  /** The applications that follow this one. */
  readonly followers?: readonly Follower[] | undefined
  /**
   * The caller that also has the common inboxes, `_INBOX.>`, where clients without a prefix get
   * their answers. By default no user has them, because their owner can read everything that is
   * sent there.
   */
  readonly commonInboxes?: string | undefined
}

const CALLER_NAME = /^[a-z][a-z0-9-]{0,31}$/

/** All users. Throws `TypeError` for a name that is not allowed or is taken. */
export const usersOf = (
  { callers = CALLERS, followers = [] }: CallerOptions,
): readonly string[] => {
  const taken = new Set<string>(ROLE_USERS)
  for (const name of [...callers, ...followers.map(({ name }) => name)]) {
    if (!CALLER_NAME.test(name)) {
      throw new TypeError(
        `"${name}" cannot be the name of a user: use up to 32 of a-z, 0-9 and -, a letter first`,
      )
    }
    if (name.startsWith("database-")) {
      throw new TypeError(
        `"${name}" cannot be the name of a user: LEFTFOLD_DATABASE_… is for roles of Postgres`,
      )
    }
    if (taken.has(name)) throw new TypeError(`there are two users called "${name}"`)
    taken.add(name)
  }
  return [...taken]
}

const CONTEXT_NAME = /^[a-z][a-z0-9-]{0,63}$/
const POLICY_NAME = /^(?:[a-z][a-z0-9-]{0,23}\/)?[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/

/**
 * Reads followers, as `init deploy` takes them: `loyalty:orders+stock+loyalty.points,audit:orders`.
 * Behind the colon stand the contexts that each reads, and the names of its policies, which have a
 * dot. Throws `TypeError` for other text.
 */
export const followersIn = (text: string): readonly Follower[] =>
  text.split(",").map((each) => {
    const [name = "", list = "", ...rest] = each.trim().split(":")
    const names = list === "" ? [] : list.split("+")
    const contexts = names.filter((one) => CONTEXT_NAME.test(one))
    const policies = names.filter((one) => POLICY_NAME.test(one))
    const isRead = rest.length === 0 && contexts.length > 0
    if (isRead && contexts.length + policies.length === names.length) {
      return { name, contexts, policies }
    }
    throw new TypeError(
      `"${each.trim()}" is no follower: write its name, a colon, and the contexts that it reads ` +
        "with its policies that read them, such as loyalty:orders+loyalty.points; its own prefix " +
        "stands before its policies, as in staging/loyalty.points",
    )
  })
