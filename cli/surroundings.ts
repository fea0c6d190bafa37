/** The surroundings: the addresses of NATS and Postgres, found as an application finds them. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Config, Effect } from "effect"
import { DATABASE_ROLES, natsAccessVariable, Replicas, withUser } from "../app/internal.ts"
import {
  ACCESS_FIELDS,
  type AccessField,
  identitiesOf,
  isMap,
  type NatsAccess,
} from "../wire/internal.ts"

/** The passwords of `npm start`'s servers, by user; empty when they have not been made. */
const passwordsIn = async (dataFolder: string): Promise<Readonly<Record<string, unknown>>> => {
  let text: string
  try {
    text = await readFile(join(dataFolder, "passwords.json"), "utf8")
  } catch {
    return {}
  }
  const passwords: unknown = JSON.parse(text)
  return isMap(passwords) ? passwords : {}
}

/** An address with this user, if its password is known. */
const as = (url: string, user: string, password: unknown): string =>
  typeof password === "string" ? withUser(url, user, password) : url

/** What proves to NATS who the operator is, or who follows, as for an application. */
const natsAccess = (who?: "followed") =>
  Effect.gen(function* () {
    const given: [string, string][] = []
    for (const field of Object.keys(ACCESS_FIELDS) as AccessField[]) {
      const variable = natsAccessVariable(field, who)
      const value = yield* Config.String(variable).pipe(Config.withDefault(""))
      if (value !== "") given.push([field, value])
    }
    return Object.fromEntries(given) as NatsAccess
  })

const absent = (text: string): string | undefined => text === "" ? undefined : text

const configuration = Config.all({
  natsUrl: Config.String("NATS_URL").pipe(Config.withDefault("")),
  natsDomain: Config.String("NATS_DOMAIN").pipe(Config.withDefault("")),
  prefix: Config.String("LEFTFOLD_PREFIX").pipe(Config.withDefault("")),
  followedUrl: Config.String("NATS_FOLLOWED_URL").pipe(Config.withDefault(""), Config.map(absent)),
  followedPrefix: Config.String("LEFTFOLD_FOLLOWED_PREFIX").pipe(
    Config.withDefault(""),
    Config.map(absent),
  ),
  natsCaFile: Config.String("NATS_CA_FILE").pipe(Config.withDefault("")),
  databaseUrl: Config.String("DATABASE_URL").pipe(Config.withDefault("")),
  natsPort: Config.Port("NATS_PORT").pipe(Config.withDefault(4222)),
  postgresPort: Config.Port("PG_PORT").pipe(Config.withDefault(5433)),
  dataFolder: Config.String("LEFTFOLD_DATA").pipe(Config.withDefault(".leftfold")),
  replicas: Config.schema(Replicas, "LEFTFOLD_REPLICAS").pipe(Config.withDefault(1)),
  monitorUrls: Config.String("NATS_MONITOR_URL").pipe(
    Config.withDefault(""),
    Config.map((urls) => urls.split(",").map((url) => url.trim()).filter((url) => url !== "")),
  ),
  compression: Config.Boolean("LEFTFOLD_COMPRESSION").pipe(Config.withDefault(false)),
})

/**
 * Reads the addresses from the environment. By default they are those of the servers of
 * `npm start`, with the passwords in its data folder.
 */
export const surroundings = Effect.gen(function* () {
  const { natsPort, postgresPort, dataFolder, followedUrl, ...given } = yield* configuration
  const access = yield* natsAccess()
  const followed = yield* natsAccess("followed")
  const passwords = yield* Effect.promise(() => passwordsIn(dataFolder))
  const isIdentified = identitiesOf(access).length > 0
  const owner = DATABASE_ROLES.projections
  const postgres = `postgres://127.0.0.1:${postgresPort}/leftfold`
  return {
    ...given,
    natsAccess: access,
    natsUrls: { followed: followedUrl },
    natsAccesses: Object.keys(followed).length === 0 ? {} : { followed },
    natsUrl: given.natsUrl ||
      as(`nats://127.0.0.1:${natsPort}`, "admin", isIdentified ? undefined : passwords.admin),
    databaseUrl: given.databaseUrl || as(postgres, owner, passwords[owner]),
  }
})
