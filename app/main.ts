/** The entry of a program that is an application: configured by its environment, until a signal. */
import { Config, ConfigProvider, Effect, Option, Schema } from "effect"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { reportError, reportInfo } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"
import { type Role, ROLES } from "./roles.ts"
import { start, type StartOptions } from "./start.ts"

const Roles = Schema.Literals(ROLES)

/** `NATS_GATEWAY_URL` and the like, for processes with several roles; empty counts as none. */
const natsUrlOf = (role: Role) =>
  Config.String(`NATS_${role.toUpperCase()}_URL`).pipe(
    Config.withDefault(""),
    Config.map((url) => url || undefined),
  )

const configuration = Config.all({
  natsUrl: Config.String("NATS_URL").pipe(Config.withDefault("nats://127.0.0.1:4222")),
  natsUrls: Config.all({
    provision: natsUrlOf("provision"),
    actors: natsUrlOf("actors"),
    projections: natsUrlOf("projections"),
    policies: natsUrlOf("policies"),
    gateway: natsUrlOf("gateway"),
  }),
  databaseUrl: Config.String("DATABASE_URL").pipe(
    Config.withDefault("postgres://leftfold@127.0.0.1:5433/leftfold"),
  ),
  queriesUrl: Config.String("DATABASE_QUERIES_URL").pipe(Config.option),
  port: Config.Port("PORT").pipe(Config.withDefault(8080)),
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  healthPort: Config.Port("LEFTFOLD_HEALTH_PORT").pipe(Config.option),
  healthToken: Config.String("LEFTFOLD_HEALTH_TOKEN").pipe(Config.option),
  roles: Config.Array(Roles, "ROLES").pipe(Config.option),
  contexts: Config.Array(Schema.String, "CONTEXTS").pipe(Config.option),
  profile: Config.Literals(["development", "production"], "LEFTFOLD_PROFILE").pipe(
    Config.withDefault("development" as const),
  ),
  replicas: Config.Int("LEFTFOLD_REPLICAS").pipe(Config.withDefault(1)),
  compression: Config.Boolean("LEFTFOLD_COMPRESSION").pipe(Config.withDefault(false)),
  monitorUrls: Config.Array(Schema.String, "NATS_MONITOR_URL").pipe(Config.withDefault([])),
  acceptPowerLoss: Config.Boolean("LEFTFOLD_ACCEPT_POWER_LOSS").pipe(Config.withDefault(false)),
})

/** `--roles` and `--contexts` say the same as `ROLES` and `CONTEXTS`, and louder. */
const environment = (): Record<string, string | undefined> => {
  const named = { type: "string" } as const
  const { values } = parseArgs({ options: { roles: named, contexts: named } })
  const { roles = process.env.ROLES, contexts = process.env.CONTEXTS } = values
  return { ...process.env, ROLES: roles, CONTEXTS: contexts }
}

const optionsOf = async (): Promise<StartOptions> => {
  const given = Object.entries(environment()).filter(([, value]) => value !== undefined)
  const provider = ConfigProvider.fromEnvRecord(Object.fromEntries(given))
  const { roles, contexts, queriesUrl, healthPort, healthToken, ...rest } = await Effect.runPromise(
    configuration.pipe(Effect.provideService(ConfigProvider.ConfigProvider, provider)),
  )
  return {
    ...rest,
    roles: Option.getOrElse(roles, (): readonly Role[] => ROLES),
    contexts: Option.getOrUndefined(contexts),
    queriesUrl: Option.getOrUndefined(queriesUrl),
    healthPort: Option.getOrUndefined(healthPort),
    healthToken: Option.getOrUndefined(healthToken),
  }
}

const isEntry = (moduleUrl: string): boolean => {
  const [, entry = ""] = process.argv
  return fileURLToPath(moduleUrl) === entry
}

const signalled = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal))
    }
  })

/**
 * Runs an application, if the module that calls this is the program's entry; otherwise does
 * nothing, so that the module can also be imported. Read from the environment: `NATS_URL` for all
 * roles, or `NATS_ACTORS_URL` and the like for one; `DATABASE_URL`, and `DATABASE_QUERIES_URL` for
 * a user that only reads; `PORT`, `HOST`, `ROLES`, a list such as `actors,policies`, `CONTEXTS`, a
 * list of those whose parts this process runs (all unless it is there), and for durability
 * `LEFTFOLD_PROFILE`, `LEFTFOLD_REPLICAS`, `LEFTFOLD_COMPRESSION`, `NATS_MONITOR_URL` and
 * `LEFTFOLD_ACCEPT_POWER_LOSS`.
 */
export const main = async (app: AppDefinition, moduleUrl: string): Promise<void> => {
  if (!isEntry(moduleUrl)) return
  try {
    const options = await optionsOf()
    const signal = signalled()
    const running = await start(app, options)
    const { roles = ROLES } = options
    reportInfo(`${app.name} runs ${roles.join(", ")} ${running.url}`)
    if (roles.some((role) => role !== "provision")) await signal
    await running.stop()
    process.exitCode = 0
  } catch (error) {
    reportError(`${app.name} cannot run`, error)
    process.exitCode = 1
  }
}
