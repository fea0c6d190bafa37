/** How a role connects to NATS: its address, what proves who it is, and which settings say so. */
import {
  ACCESS_FIELDS,
  type AccessField,
  checkAccess,
  identitiesOf,
  Names,
  type NatsAccess,
} from "../../wire/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import type { Connecting } from "../roles.ts"
import { StartProblem } from "../start-problem.ts"
import { natsServers, natsUrlVariable, unfit } from "./server-address.ts"

/** The options of a start that say how NATS is reached. */
export interface NatsSettings {
  readonly natsUrl?: string | undefined
  readonly natsUrls?: { readonly [role in Connecting]?: string | undefined } | undefined
  readonly natsAccess?: NatsAccess | undefined
  readonly natsAccesses?: { readonly [role in Connecting]?: NatsAccess | undefined } | undefined
}

/** How one connection to NATS is made. */
export interface NatsLogin {
  /** Empty when no address is set. */
  readonly url: string
  readonly servers: readonly URL[]
  readonly access: NatsAccess
  /** The setting that holds the address. */
  readonly setting: string
  /** The settings to correct when NATS refuses this user. */
  readonly toCorrect: string
}

/** The variable that holds a part of an access: for all roles, or for one. */
export const natsAccessVariable = (field: AccessField, role?: Connecting): string =>
  `NATS_${role === undefined ? "" : `${role.toUpperCase()}_`}${ACCESS_FIELDS[field]}`

const FIELDS = Object.keys(ACCESS_FIELDS) as AccessField[]
const OF_CERTIFICATES: readonly AccessField[] = ["certFile", "keyFile"]
const OF_USERS = FIELDS.filter((field) => !OF_CERTIFICATES.includes(field))

const has = (access: NatsAccess, fields: readonly AccessField[]): boolean =>
  fields.some((field) => access[field] !== undefined)

const only = (access: NatsAccess, fields: readonly AccessField[]): NatsAccess =>
  Object.fromEntries(fields.flatMap((field) => {
    const value = access[field]
    return value === undefined ? [] : [[field, value]]
  }))

const hasUser = (servers: readonly URL[]): boolean =>
  servers.some(({ username }) => username !== "")

/**
 * How a role connects, or the command line without one. What is set for the role replaces what is
 * set for all: who it is, by its address or otherwise, and its certificate. Throws a `StartProblem`
 * that names the setting.
 */
export const natsLogin = (given: NatsSettings, role?: Connecting): NatsLogin => {
  const { natsUrl = "", natsUrls = {}, natsAccess: all = {}, natsAccesses = {} } = given
  const ownUrl = role && natsUrls[role]
  const own = role && natsAccesses[role] || {}
  const setting = role && ownUrl !== undefined ? natsUrlVariable(role) : "NATS_URL"
  const url = ownUrl ?? natsUrl
  const servers = url === "" ? [] : natsServers(setting, url)
  const isOwnUser = has(own, OF_USERS) || ownUrl !== undefined && hasUser(servers)
  const users = isOwnUser ? own : all
  const certificates = has(own, OF_CERTIFICATES) ? own : all
  const access = { ...only(users, OF_USERS), ...only(certificates, OF_CERTIFICATES) }
  const nameOf = (field: AccessField) => {
    const from = OF_CERTIFICATES.includes(field) ? certificates : users
    return natsAccessVariable(field, from === own ? role : undefined)
  }
  try {
    checkAccess(access, hasUser(servers), nameOf)
  } catch (error) {
    throw new StartProblem(messageOf(error), { cause: error })
  }
  const named = identitiesOf(access).map(nameOf)
  const isInAddress = named.length === 0 || hasUser(servers)
  const toCorrect = [...isInAddress ? [setting] : [], ...named].join(", ")
  return { url, servers, access, setting, toCorrect }
}

/**
 * The names of an application on NATS. Throws a `StartProblem` for a prefix or a domain that cannot
 * be part of a name.
 */
export const namesOf = (
  { prefix, natsDomain }: {
    readonly prefix?: string | undefined
    readonly natsDomain?: string | undefined
  },
): Names => {
  const parts = [
    ["LEFTFOLD_PREFIX", { prefix }],
    ["NATS_DOMAIN", { domain: natsDomain }],
  ] as const
  for (const [setting, part] of parts) {
    try {
      new Names(part)
    } catch (error) {
      throw new StartProblem(`${setting}: ${messageOf(error)}`, { cause: error })
    }
  }
  return new Names({ prefix, domain: natsDomain })
}

/** The settings that choose another connection for the logs that are followed. */
type FollowedSettings = Pick<NatsSettings, "natsUrls" | "natsAccesses"> & {
  readonly prefix?: string | undefined
  readonly followedPrefix?: string | undefined
}

/** Whether a user of its own reads the logs that are followed. */
export const hasFollower = ({ natsUrls = {}, natsAccesses = {} }: FollowedSettings): boolean =>
  natsUrls.followed !== undefined || natsAccesses.followed !== undefined

/** What stands for no prefix, in the setting of the prefix of logs that are followed. */
const NO_PREFIX = "-"

/** The prefix of the applications whose logs are followed; empty if they have none. */
const prefixFollowed = ({ prefix = "", followedPrefix = prefix }: FollowedSettings): string =>
  followedPrefix === NO_PREFIX ? "" : followedPrefix

/** Whether the logs that are followed are read over a connection of their own. */
export const followsElsewhere = (given: FollowedSettings): boolean =>
  hasFollower(given) || prefixFollowed(given) !== (given.prefix ?? "")

/** The names of the applications whose logs are followed. Throws a `StartProblem`. */
export const namesFollowed = (
  given: FollowedSettings & { readonly natsDomain?: string | undefined },
): Names => {
  const prefix = prefixFollowed(given)
  try {
    return new Names({ prefix, domain: given.natsDomain })
  } catch (error) {
    throw new StartProblem(`LEFTFOLD_FOLLOWED_PREFIX: ${messageOf(error)}`, { cause: error })
  }
}

/** Why a login is not acceptable in production, as a sentence; undefined when it is. */
export const unfitLogin = ({ setting, servers, access }: NatsLogin): string | undefined => {
  const [first] = servers
  const isIdentified = identitiesOf(access).length > 0
  return first !== undefined && isIdentified ? undefined : unfit(setting, first)
}
