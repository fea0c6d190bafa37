/** The connection of one role to NATS, and what to do when it cannot be made. */
import { inboxPrefix, type NatsWire, natsWire } from "../wire/internal.ts"
import { messageOf } from "../contracts/internal.ts"
import type { AppDefinition } from "./app.ts"
import { namesOf, natsLogin } from "./operations/nats-login.ts"
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

/** How a role of an application connects. Throws a `StartProblem` for settings that cannot work. */
export const natsOf = (app: AppDefinition, role: Role, given: StartOptions): NatsOfRole => {
  const { url, servers, access, setting, toCorrect } = natsLogin(given, role)
  const names = namesOf(given)
  const options = {
    url,
    access,
    names,
    name: `${app.name} ${role}`,
    inboxPrefix: inboxPrefix(names.user(userOf(role))),
    caFile: given.natsCaFile,
  }
  const problem = (cause: unknown) => {
    const at = `NATS at ${hostsOf(servers)}`
    if (isRefusal(cause)) {
      const what = toCorrect === setting ? " or its password" : ""
      const sentence = `${at} refuses the user of the role ${role}${what}: correct ${toCorrect}`
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
