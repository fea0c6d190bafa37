/** The secrets of compose.yaml, as lines of a file that Compose reads: NAME=value. */
import { randomBytes } from "node:crypto"
import {
  DATABASE_ROLES,
  databasePasswordVariable,
  type DatabaseRole,
} from "../operations/database-roles.ts"
import { passwordVariable } from "../operations/nats-users.ts"
import { USERS } from "../operations/users.ts"

const RANDOM_BYTES = 24

/** Every secret: the passwords of NATS and Postgres, the gateway's token, and the key of seals. */
export const SECRETS: readonly string[] = [
  ...USERS.map(passwordVariable),
  ...Object.keys(DATABASE_ROLES).map((role) => databasePasswordVariable(role as DatabaseRole)),
  "POSTGRES_PASSWORD",
  "LEFTFOLD_HEALTH_TOKEN",
  "LEFTFOLD_PRINCIPAL_KEYS",
]

/** Passwords of callers, and every secret that does not depend on the application. */
const isSecret = (name: string): boolean =>
  SECRETS.includes(name) || /^LEFTFOLD_[A-Z0-9_]+_PASSWORD$/.test(name)

/** The secrets that a Compose file requires, such as the passwords of its callers. */
const secretsIn = (compose: string): readonly string[] =>
  [...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!).filter(isSecret)

/** Begins with a letter, because a nats-server takes a leading digit for a number. */
const newSecret = (): string => `p${randomBytes(RANDOM_BYTES).toString("hex")}`

const namesIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^\s*(?:export\s+)?(\w+)[ \t]*=[ \t]*\S/gm)].map(([, name]) => name!))

/**
 * Adds a line for each missing secret and says which ones were made. Existing secrets stay, because
 * the data on the volumes depends on them. `compose` is the Compose file, whose secrets are made
 * too.
 */
export const withSecrets = (
  text: string,
  compose = "",
): { text: string; made: readonly string[] } => {
  const known = namesIn(text)
  const made = [...new Set([...SECRETS, ...secretsIn(compose)])].filter((name) => !known.has(name))
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`
  return { text: before + made.map((name) => `${name}=${newSecret()}\n`).join(""), made }
}
