/** The command `leftfold`, and what its subcommands share. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import {
  type AppDefinition,
  followedContexts,
  followsElsewhere,
  hasFollower,
  hostsOf,
  namesFollowed,
  namesOf,
  type NatsLogin,
  natsLogin,
  postgresServer,
  USERS,
} from "../app/internal.ts"
import { inboxPrefix, type Names, type NatsWire, natsWire } from "../wire/internal.ts"
import { isFailure, messageOf } from "../contracts/internal.ts"
import {
  type Feed,
  learn,
  natsFeed,
  type PostgresStore,
  postgresStore,
} from "../projections/internal.ts"
import { endWith } from "./exit-code.ts"
import { findModule } from "./module/find-module.ts"
import { loadModule } from "./module/load-module.ts"
import { Problem } from "./problem.ts"
import { surroundings } from "./surroundings.ts"

const app = Flag.String("app").pipe(
  Flag.withMetavar("MODULE"),
  Flag.withDescription("the module that exports the application, such as examples/shop/main.ts"),
  Flag.optional,
)

/** The command, with the flags that all its subcommands share. */
export const leftfold = Command.make("leftfold").pipe(
  Command.withSharedFlags({ app }),
  Command.withDescription(
    "Operates an application: its streams, its views, and their parked events. " +
      "NATS_URL and DATABASE_URL name its servers; by default, those of npm start.",
  ),
)

/** A flag without a value. */
export const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(
    Flag.withDescription(description),
    Flag.withDefault(false),
    Flag.withoutNegation,
  )

/** A flag that takes a whole number, and can be left out. */
export const wholeFlag = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)

/** A flag that takes a text, and can be left out. */
export const textFlag = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

/** What a flag was given; undefined if it was left out. */
export const given = <T>(option: Option.Option<T>): T | undefined => Option.getOrUndefined(option)

/** The flag that asks for JSON. */
export const json = flag("json", "print JSON, for programs")

/** What a command works with. Connections open when they are first used. */
export interface Workplace {
  readonly app: AppDefinition
  /** The path of its module. */
  readonly module: string
  readonly databaseUrl: string
  /** The known monitoring pages of the nats-servers. */
  readonly monitorUrls: readonly string[]
  readonly streams: { readonly replicas: number; readonly compression: boolean }
  readonly store: PostgresStore
  readonly wire: () => Promise<NatsWire>
  readonly feed: () => Promise<Feed>
}

/** `follower` is the user that reads followed logs, where the address names none. */
const connect = async (
  login: NatsLogin,
  names: Names,
  caFile: string,
  follower?: string,
): Promise<NatsWire> => {
  const { url, servers, access, setting, toCorrect } = login
  try {
    const username = servers[0]?.username
    // For these users NATS permits only an inbox of their own, which nobody else can read.
    const user = username === "" && toCorrect !== setting
      ? "admin"
      : USERS.find((each) => names.user(each) === username)
    const inbox = follower === undefined
      ? user && names.user(user)
      : username
      ? decodeURIComponent(username)
      : follower
    return await natsWire({
      url,
      access,
      names,
      name: "leftfold",
      caFile: caFile || undefined,
      ...(inbox ? { inboxPrefix: inboxPrefix(inbox) } : {}),
    })
  } catch (error) {
    const at = `NATS at ${hostsOf(servers)}`
    const reason = messageOf(error)
    const isRefusal = error instanceof Error && error.name === "AuthorizationError"
    throw new Problem({
      message: isRefusal
        ? toCorrect === setting
          ? `${at} refuses this user: give NATS_URL the user admin and its password`
          : `${at} refuses this user: correct ${toCorrect}`
        : `${at} cannot be reached (${reason}): start it, or correct NATS_URL`,
    })
  }
}

/** Postgres' codes for a refused user, password or database. */
const REFUSED = ["28P01", "28000", "3D000"]

/** An error of the store, with advice when Postgres is unreachable or refuses. */
const advised = (error: unknown, { host, pathname }: URL): unknown => {
  if (isFailure(error) && error.message.startsWith("Postgres cannot be reached")) {
    return new Problem({
      message: `${error.message}, at ${host}${pathname}: start it, or correct DATABASE_URL`,
    })
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (!REFUSED.includes(code)) return error
  return new Problem({
    message: `Postgres at ${host} refuses: ${(error as Error).message}. Correct DATABASE_URL`,
  })
}

/** Runs a command that needs an application and no servers. `module` goes before `--app`. */
export const withApplication = (
  module: string | undefined,
  work: (app: AppDefinition, path: string) => Promise<number | void>,
) =>
  Effect.gen(function* () {
    const { app: given } = yield* leftfold
    const code = yield* Effect.tryPromise({
      try: async () => {
        const path = await findModule(module ?? Option.getOrUndefined(given))
        return await work(await loadModule(path), path)
      },
      catch: (error) => error,
    })
    yield* endWith(code)
  })

/** Runs a command's work, then disconnects. The work returns the exit code; 0 by default. */
export const atWork = (work: (place: Workplace) => Promise<number | void>) =>
  Effect.gen(function* () {
    const { app } = yield* leftfold
    const given = yield* surroundings
    const { natsUrl, natsAccess, natsCaFile, databaseUrl, monitorUrls } = given
    const { replicas, compression } = given
    const { login, follower, names, database } = yield* Effect.try({
      try: () => ({
        login: natsLogin({ natsUrl, natsAccess }),
        follower: followsElsewhere(given)
          ? natsLogin(given, hasFollower(given) ? "followed" : undefined)
          : undefined,
        names: namesOf(given),
        database: postgresServer("DATABASE_URL", databaseUrl),
      }),
      catch: (error) => error,
    })
    const code = yield* Effect.tryPromise({
      try: async () => {
        const module = await findModule(Option.getOrUndefined(app))
        const definition = await loadModule(module)
        // A pooler is spoken to in another way. What cannot be reached is reported by the command.
        await learn(databaseUrl).catch(() => {})
        const store = postgresStore(databaseUrl)
        let wire: Promise<NatsWire> | undefined
        const connected = () => wire ??= connect(login, names, natsCaFile)
        let followed: Promise<NatsWire> | undefined
        const following = () =>
          followed ??= follower === undefined ? connected() : connect(
            follower,
            namesFollowed(given),
            natsCaFile,
            hasFollower(given) ? definition.name : undefined,
          )
        try {
          return await work({
            app: definition,
            module,
            databaseUrl,
            monitorUrls,
            streams: { replicas, compression },
            store,
            wire: connected,
            feed: async () => {
              const contexts = followedContexts(definition)
              if (contexts.length === 0) return natsFeed(await connected())
              return natsFeed(await connected(), { contexts, wire: await following() })
            },
          })
        } finally {
          await store.close()
          await wire?.then((open) => open.close(), () => {})
          await followed?.then((open) => open.close(), () => {})
        }
      },
      catch: (error) => advised(error, database),
    })
    yield* endWith(code)
  })
