/** The settings that an application reads from its environment, checked before anything starts. */
import { access, constants } from "node:fs/promises"
import { Config, ConfigProvider, Effect, Option, Schema } from "effect"
import { nearest } from "../contracts/internal.ts"
import { DRAIN_MS, LONGEST_STOP_S } from "./limits.ts"
import { ACCESS_FIELDS, type AccessField, type NatsAccess } from "../wire/internal.ts"
import {
  hasFollower,
  namesFollowed,
  namesOf,
  natsAccessVariable,
  natsLogin,
  unfitLogin,
} from "./operations/nats-login.ts"
import { natsUrlVariable, postgresServer, unfit } from "./operations/server-address.ts"
import { Replicas } from "./replicas.ts"
import { type Connecting, type Role, ROLES } from "./roles.ts"
import { StartProblem } from "./start-problem.ts"
import type { StartOptions } from "./start-options.ts"

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

const HEALTH_CHARACTERS = 16

const Seconds = Schema.NumberFromString.check(
  Schema.isBetween({ minimum: 0, maximum: LONGEST_STOP_S }),
)

const Roles = Schema.Literals(ROLES)

/** An optional setting. Fails with a sentence that says what its value must be. */
const optional = <A>(name: string, config: Config.Config<A>, wanted: string) =>
  Config.option(config).pipe(
    Effect.mapError(() =>
      new StartProblem(`${name} must be ${wanted}: correct it or leave it out`)
    ),
    Effect.map(Option.getOrUndefined),
  )

const text = (name: string) => optional(name, Config.String(name), "a text")
const port = (name: string) =>
  optional(name, Config.Port(name), "the number of a port, from 1 to 65535")
const flag = (name: string) => optional(name, Config.Boolean(name), "true or false")

/** A number of seconds, as milliseconds. */
const seconds = (name: string) =>
  optional(
    name,
    Config.schema(Seconds, name),
    `a number of seconds, from 0 to ${LONGEST_STOP_S}`,
  ).pipe(Effect.map((value) => value === undefined ? undefined : value * 1_000))

/** What proves to NATS who a role is, or all roles; undefined if nothing is set. */
const accessOf = (role?: Connecting) =>
  Effect.gen(function* () {
    const given: [string, string][] = []
    for (const field of Object.keys(ACCESS_FIELDS) as AccessField[]) {
      const value = yield* text(natsAccessVariable(field, role))
      if (value !== undefined) given.push([field, value])
    }
    return given.length === 0 ? undefined : Object.fromEntries(given) as NatsAccess
  })

const origins = optional(
  "LEFTFOLD_ORIGINS",
  Config.Array(Schema.String, "LEFTFOLD_ORIGINS"),
  "origins such as https://shop.example, separated by commas",
)

const healthPort = port("LEFTFOLD_HEALTH_PORT")

const PROFILES = ["development", "production"] as const

const settings = Effect.gen(function* () {
  const natsUrls: { [role in Connecting]?: string | undefined } = {}
  const natsAccesses: { [role in Connecting]?: NatsAccess | undefined } = {}
  for (const role of [...ROLES, "followed"] as const) {
    natsUrls[role] = yield* text(natsUrlVariable(role))
    natsAccesses[role] = yield* accessOf(role)
  }
  return {
    natsUrl: yield* text("NATS_URL"),
    natsUrls,
    natsAccess: yield* accessOf(),
    natsAccesses,
    natsDomain: yield* text("NATS_DOMAIN"),
    prefix: yield* text("LEFTFOLD_PREFIX"),
    followedPrefix: yield* text("LEFTFOLD_FOLLOWED_PREFIX"),
    natsCaFile: yield* text("NATS_CA_FILE"),
    databaseUrl: yield* text("DATABASE_URL"),
    queriesUrl: yield* text("DATABASE_QUERIES_URL"),
    port: yield* port("PORT"),
    host: yield* text("HOST"),
    hosts: yield* optional(
      "LEFTFOLD_HOSTS",
      Config.Array(Schema.String, "LEFTFOLD_HOSTS"),
      "names of hosts, separated by commas",
    ),
    origins: yield* origins,
    drainMs: yield* seconds("LEFTFOLD_DRAIN_SECONDS"),
    graceMs: yield* seconds("LEFTFOLD_GRACE_SECONDS"),
    healthPort: yield* healthPort,
    healthToken: yield* text("LEFTFOLD_HEALTH_TOKEN"),
    roles: yield* optional(
      "ROLES",
      Config.Array(Roles, "ROLES"),
      `one or several of ${ROLES.join(", ")}, separated by commas`,
    ),
    contexts: yield* optional(
      "CONTEXTS",
      Config.Array(Schema.String, "CONTEXTS"),
      "names of contexts, separated by commas",
    ),
    principalKeys: yield* optional(
      "LEFTFOLD_PRINCIPAL_KEYS",
      Config.Array(Schema.String, "LEFTFOLD_PRINCIPAL_KEYS"),
      "keys, separated by commas",
    ),
    developmentUser: yield* flag("LEFTFOLD_DEVELOPMENT_USER"),
    profile: yield* optional(
      "LEFTFOLD_PROFILE",
      Config.Literals(PROFILES, "LEFTFOLD_PROFILE"),
      PROFILES.join(" or "),
    ),
    replicas: yield* optional(
      "LEFTFOLD_REPLICAS",
      Config.schema(Replicas, "LEFTFOLD_REPLICAS"),
      "a whole number from 1 to 5",
    ),
    compression: yield* flag("LEFTFOLD_COMPRESSION"),
    monitorUrls: yield* optional(
      "NATS_MONITOR_URL",
      Config.Array(Schema.String, "NATS_MONITOR_URL"),
      "addresses such as http://nats-0:8222, separated by commas",
    ),
    acceptPowerLoss: yield* flag("LEFTFOLD_ACCEPT_POWER_LOSS"),
  }
})

/** The names of all variables that an application reads. */
export const settingNames = (): ReadonlySet<string> => {
  // `main` reads these itself, also when the others cannot be read.
  const names = new Set(["LEFTFOLD_LOG_LEVEL", "LEFTFOLD_LOG_FORMAT"])
  const absent = ConfigProvider.make((path) => {
    names.add(path.join("_"))
    return Effect.succeed(undefined)
  })
  Effect.runSync(settings.pipe(Effect.provideService(ConfigProvider.ConfigProvider, absent)))
  return names
}

const PREFIX = "LEFTFOLD_"

/** Throws for a mistyped setting, which would otherwise be silently ignored. */
const checkNames = (variables: Variables): void => {
  const known = [...settingNames()].filter((name) => name.startsWith(PREFIX))
  for (const name of Object.keys(variables)) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue
    const rest = known.map((each) => each.slice(PREFIX.length))
    const meant = nearest(name.slice(PREFIX.length), rest)
    if (meant === undefined) continue
    throw new StartProblem(`there is no setting ${name}: did you mean ${PREFIX}${meant}?`)
  }
}

type Settings = Effect.Success<typeof settings>

/** Throws at the start if the file of certificates cannot be read, not at the first connection. */
const checkCertificates = async ({ natsCaFile }: Settings): Promise<void> => {
  if (natsCaFile === undefined) return
  await access(natsCaFile, constants.R_OK).catch((cause) => {
    throw new StartProblem(`NATS_CA_FILE: ${natsCaFile} cannot be read (${cause.code})`, { cause })
  })
}

const checkToken = ({ healthToken }: Settings): void => {
  if (healthToken === undefined || healthToken.length >= HEALTH_CHARACTERS) return
  throw new StartProblem(
    `LEFTFOLD_HEALTH_TOKEN must have ${HEALTH_CHARACTERS} characters or more: make a random one`,
  )
}

/** How these roles connect to NATS and Postgres, each address with the name of its setting. */
const connectionsOf = (given: Settings, roles: readonly Role[]) => {
  const reads = roles.some((role) => role === "projections" || role === "policies")
  const all = reads && hasFollower(given) ? [...roles, "followed" as const] : roles
  const nats = new Map(all.map((role) => {
    const login = natsLogin(given, role)
    return [`${login.setting} ${login.toCorrect}`, login] as const
  }))
  const postgres = roles.includes("projections")
    ? [["DATABASE_URL", given.databaseUrl], ["DATABASE_QUERIES_URL", given.queriesUrl]] as const
    : []
  return {
    nats: [...nats.values()],
    postgres: postgres.map(([setting, url]) =>
      [setting, url === undefined ? undefined : postgresServer(setting, url)] as const
    ),
  }
}

/** Throws in production for a missing address or password, or one that everybody knows. */
const checkProduction = ({ nats, postgres }: ReturnType<typeof connectionsOf>): void => {
  const problems = [
    ...nats.map(unfitLogin),
    ...postgres.map(([setting, url]) => unfit(setting, url)),
  ].filter((each) => each !== undefined)
  if (problems.length === 0) return
  throw new StartProblem(
    `production does not start with defaults: ${
      problems.join("; ")
    }. Give each role its user and ` +
      "password, as docs/operating.md says",
  )
}

/** The environment without empty variables, which count as not set. */
const filled = (variables: Variables): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => value ? [[name, value]] : []),
  )

const DEFAULT_NATS = "nats://127.0.0.1:4222"
const DEFAULT_DATABASE = "postgres://leftfold@127.0.0.1:5433/leftfold"

/**
 * The settings that hold under development too: pages of other origins, and a port for probes.
 * Rejects with a `StartProblem` that names the first bad one.
 */
export const developmentSettings = (
  variables: Variables,
): Promise<Pick<StartOptions, "origins" | "healthPort">> => {
  const provider = ConfigProvider.fromEnvRecord({ ...filled(variables) })
  return Effect.runPromise(
    Effect.all({ origins, healthPort }).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, provider),
    ),
  )
}

/** The settings in these variables. Rejects with a `StartProblem` that names the first bad one. */
export const readConfiguration = async (variables: Variables): Promise<StartOptions> => {
  const provider = ConfigProvider.fromEnvRecord({ ...filled(variables) })
  checkNames(filled(variables))
  const given = await Effect.runPromise(
    settings.pipe(Effect.provideService(ConfigProvider.ConfigProvider, provider)),
  )
  const roles = given.roles ?? ROLES
  checkToken(given)
  namesOf(given)
  namesFollowed(given)
  await checkCertificates(given)
  const connections = connectionsOf(given, roles)
  if (given.profile === "production") {
    checkProduction(connections)
    if (given.developmentUser) {
      throw new StartProblem(
        "LEFTFOLD_DEVELOPMENT_USER takes strangers for somebody, which production must not: " +
          "leave it out",
      )
    }
  }
  const { natsUrl = DEFAULT_NATS, databaseUrl = DEFAULT_DATABASE, drainMs = DRAIN_MS } = given
  return { ...given, roles, natsUrl, databaseUrl, drainMs }
}
