/** The connection of one role to NATS, and what to do when it cannot be made. */
import { inboxPrefix, type Names, type NatsWire, natsWire } from "../wire/internal.ts"
import { messageOf } from "../contracts/internal.ts"
import type { AppDefinition } from "./app.ts"
import {
  followsElsewhere,
  hasFollower,
  namesFollowed,
  namesOf,
  type NatsLogin,
  natsLogin,
} from "./operations/nats-login.ts"
import { userOf } from "./operations/nats-users.ts"
import { hostsOf } from "./operations/server-address.ts"
import type { Role } from "./roles.ts"
import type { StartOptions } from "./start-options.ts"
import { StartProblem } from "./start-problem.ts"

const REFUSALS = ["AuthorizationError", "UserAuthenticationExpiredError"]

/** Whether NATS refuses a user; waiting does not cure that. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && REFUSALS.includes(error.name)

/** How one role connects. */
export interface NatsOfRole {
  /** Connects as a user with the permissions of the role. */
  readonly open: () => Promise<NatsWire>
  /** Says why that failed, and which setting to correct. */
  readonly problem: (cause: unknown) => StartProblem
}

/** How one connection is made, and why it cannot be. */
const connecting = (
  { url, servers, access, setting, toCorrect }: NatsLogin,
  { name, names, inbox, who, caFile }: {
    readonly name: string
    readonly names: Names
    readonly inbox: string
    /** The user, as the subject of a sentence has it. */
    readonly who: string
    readonly caFile: string | undefined
  },
): NatsOfRole => {
  const options = { url, access, names, name, inboxPrefix: inboxPrefix(inbox), caFile }
  const problem = (cause: unknown) => {
    const at = `NATS at ${hostsOf(servers)}`
    if (isRefusal(cause)) {
      const what = toCorrect === setting ? " or its password" : ""
      const sentence = `${at} refuses the user of ${who}${what}: correct ${toCorrect}`
      return new StartProblem(sentence, { cause })
    }
    const settings = [...new Set([setting, ...toCorrect.split(", ")])].join(", ")
    return new StartProblem(
      `${at} cannot be reached (${messageOf(cause)}): start it, or correct ${settings}`,
      { cause },
    )
  }
  return { open: () => natsWire(options), problem }
}

/** How a role of an application connects. Throws a `StartProblem` for settings that cannot work. */
export const natsOf = (app: AppDefinition, role: Role, given: StartOptions): NatsOfRole => {
  const names = namesOf(given)
  return connecting(natsLogin(given, role), {
    name: `${app.name} ${role}`,
    names,
    inbox: names.user(userOf(role)),
    who: `the role ${role}`,
    caFile: given.natsCaFile,
  })
}

/**
 * How the logs that an application follows are read; undefined if its role reads them as it reads
 * its own. The inboxes of a user without a name in the address are those of the application's name.
 * Throws a `StartProblem` for settings that cannot work.
 */
export const natsOfFollowed = (
  app: AppDefinition,
  role: Role,
  given: StartOptions,
): NatsOfRole | undefined => {
  if (app.follows.length === 0 || !followsElsewhere(given)) return undefined
  const isFollower = hasFollower(given)
  const login = natsLogin(given, isFollower ? "followed" : role)
  const username = login.servers.find((each) => each.username !== "")?.username
  return connecting(login, {
    name: `${app.name} follows`,
    names: namesFollowed(given),
    inbox: !isFollower
      ? namesOf(given).user(userOf(role))
      : username === undefined
      ? app.name
      : decodeURIComponent(username),
    who: isFollower ? "the follower" : `the role ${role}`,
    caFile: given.natsCaFile,
  })
}
