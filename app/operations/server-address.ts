/** Addresses of NATS and Postgres as settings: checked, and shown without their secrets. */
import type { Role } from "../roles.ts"
import { StartProblem } from "../start-problem.ts"

/** The variable that holds the address of NATS for one role alone. */
export const natsUrlVariable = (role: Role): string => `NATS_${role.toUpperCase()}_URL`

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

/** The servers of an address of NATS. Throws a `StartProblem` that names the setting. */
export const natsServers = (setting: string, address: string): readonly URL[] => {
  const urls = address.split(",").map(parsed)
  if (urls.every((url) => isAddress(url, NATS))) return urls as readonly URL[]
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

/** Where these servers are, and nothing else that an address may hold. */
export const hostsOf = (urls: readonly URL[]): string => urls.map(({ host }) => host).join(", ")

/** What everybody has read in an example, or would guess first. */
const KNOWN = ["leftfold", "password", "secret", "changeme", "postgres", "nats", "admin"]

/** What makes a user and a password no protection; undefined when it is all right. */
const weakness = ({ username, password }: URL): string | undefined => {
  if (username === "" || password === "") return "has no user with a password"
  if (password === username || KNOWN.includes(decodeURIComponent(password).toLowerCase())) {
    return "has a password that everybody can guess"
  }
  return undefined
}

/** Why this is no address for production, in a sentence; undefined when it is one. */
export const unfit = (setting: string, url: URL | undefined): string | undefined => {
  if (url === undefined) return `${setting} is not set`
  const reason = weakness(url)
  return reason === undefined ? undefined : `${setting} ${reason}`
}
