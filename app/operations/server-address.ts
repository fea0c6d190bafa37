/** The addresses of NATS and Postgres in settings: checked, and shown without their secrets. */
import type { Connecting } from "../roles.ts"
import { StartProblem } from "../start-problem.ts"

/** The variable that holds the address of NATS for one role, or for the logs that are followed. */
export const natsUrlVariable = (role: Connecting): string => `NATS_${role.toUpperCase()}_URL`

const ENCODED = "a password's special characters are percent-encoded"
const NATS = /^(nats|tls):$/
const POSTGRES = /^postgres(ql)?:$/

const parsed = (text: string): URL | undefined => {
  try {
    return new URL(text.trim())
  } catch {
    return undefined
  }
}

const isAddress = (url: URL | undefined, protocol: RegExp): url is URL =>
  url !== undefined && protocol.test(url.protocol) && url.hostname !== ""

/** A connection has one user, whichever server it finds. Throws for addresses with several. */
const ofOneUser = (setting: string, urls: readonly URL[]): readonly URL[] => {
  const users = urls.map(({ username, password }) => `${username}:${password}`)
  if (new Set(users.filter((user) => user !== ":")).size < 2) return urls
  throw new StartProblem(
    `${setting} has servers with several users or passwords: give all the same, or only the first`,
  )
}

/** The servers of an address of NATS. Throws a `StartProblem` that names the setting. */
export const natsServers = (setting: string, address: string): readonly URL[] => {
  const urls = address.split(",").map(parsed)
  if (urls.every((url) => isAddress(url, NATS))) return ofOneUser(setting, urls as readonly URL[])
  throw new StartProblem(
    `${setting} is no address of NATS: write nats://USER:PASSWORD@HOST:4222, or tls://…, ` +
      `several separated by commas; ${ENCODED}`,
  )
}

/** An address of Postgres. Throws a `StartProblem` that names the setting. */
export const postgresServer = (setting: string, address: string): URL => {
  const url = parsed(address)
  if (isAddress(url, POSTGRES) && url.pathname.length > 1) return url
  throw new StartProblem(
    `${setting} is no address of Postgres: write postgres://USER:PASSWORD@HOST:5432/DATABASE; ` +
      ENCODED,
  )
}

/** The hosts of these servers, without anything secret in their addresses. */
export const hostsOf = (urls: readonly URL[]): string => urls.map(({ host }) => host).join(", ")

/** Passwords that stand in examples, or that an attacker would guess first. */
const KNOWN = ["leftfold", "password", "secret", "changeme", "postgres", "nats", "admin"]

/** Why a user and its password are no protection; undefined when they are. */
const weakness = ({ username, password }: URL): string | undefined => {
  if (username === "" || password === "") return "has no user with a password"
  if (password === username || KNOWN.includes(decodeURIComponent(password).toLowerCase())) {
    return "has a password that everybody can guess"
  }
  return undefined
}

/** Why an address is not acceptable in production, as a sentence; undefined when it is. */
export const unfit = (setting: string, url: URL | undefined): string | undefined => {
  if (url === undefined) return `${setting} is not set`
  const reason = weakness(url)
  return reason === undefined ? undefined : `${setting} ${reason}`
}
