/** The settings of `npm start`, read from the environment. */
import { Config, ConfigProvider, Effect, Option } from "effect"
import type { Environment } from "./cache.ts"
import { ServerError } from "./server-error.ts"

/** The settings. If an address is given, no server is started for it. */
export interface Settings {
  /** `PORT`: the gateway's port; 8080 by default. */
  readonly port: number
  /** `NATS_PORT`: the embedded nats-server's port; 4222 by default. */
  readonly natsPort: number
  /** `PG_PORT`: the embedded Postgres' port; 5433 by default. */
  readonly postgresPort: number
  /** `LEFTFOLD_DATA`: the folder of the embedded servers' data; `.leftfold` by default. */
  readonly dataFolder: string
  /** `NATS_URL`: the address of a running NATS. */
  readonly natsUrl: string | undefined
  /** `DATABASE_URL`: the address of a running Postgres. */
  readonly databaseUrl: string | undefined
}

/** Reads the settings; an empty value counts as unset. Fails on the first bad one. */
export const readSettings = (environment: Environment): Effect.Effect<Settings, ServerError> =>
  Effect.gen(function* () {
    const settings: Settings = {
      port: yield* port("PORT", 8080),
      natsPort: yield* port("NATS_PORT", 4222),
      postgresPort: yield* port("PG_PORT", 5433),
      dataFolder: yield* Config.String("LEFTFOLD_DATA").pipe(
        Config.withDefault(".leftfold"),
        Effect.orDie,
      ),
      natsUrl: yield* address("NATS_URL", natsAddress, "nats://host:4222"),
      databaseUrl: yield* address("DATABASE_URL", postgresAddress, "postgres://host:5432/database"),
    }
    yield* distinctPorts(settings)
    return settings
  }).pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnvRecord({ ...environment }),
    ),
  )

const port = (name: string, fallback: number) =>
  Config.Port(name).pipe(
    Config.withDefault(fallback),
    Effect.mapError(() => new ServerError(`${name} must be a port number from 1 to 65535`)),
  )

const natsAddress = /^(nats|tls|wss?):\/\/[^\s/]+$/
const postgresAddress = /^postgres(ql)?:\/\/[^\s,/]+(\/[^\s,]*)?$/

/** An optional address. For NATS it may be several, separated by commas. */
const address = (name: string, pattern: RegExp, example: string) =>
  Config.option(Config.String(name)).pipe(
    Effect.orDie,
    Effect.map(Option.getOrUndefined),
    Effect.filterOrFail(
      (value) =>
        value === undefined ||
        value.split(",").every((each) => pattern.test(each.trim()) && URL.canParse(each.trim())),
      () => new ServerError(`${name} must be an address such as ${example}`),
    ),
  )

function distinctPorts(settings: Settings): Effect.Effect<void, ServerError> {
  const used = [
    ["PORT", settings.port],
    ...settings.natsUrl ? [] : [["NATS_PORT", settings.natsPort]],
    ...settings.databaseUrl ? [] : [["PG_PORT", settings.postgresPort]],
  ]
  const names = used.filter(([, one]) => used.filter(([, other]) => other === one).length > 1)
    .map(([name]) => name)
  return names.length === 0 ? Effect.void : Effect.fail(
    new ServerError(`${names.join(" and ")} choose the same port: give each its own`),
  )
}
