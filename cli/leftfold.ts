/** The command `leftfold` itself, and what the commands under it work with. */
import process from "node:process"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type AppDefinition, hostsOf, natsServers, postgresServer, USERS } from "../app/internal.ts"
import { inboxPrefix, type NatsWire, natsWire } from "../wire/internal.ts"
import { isFailure, messageOf } from "../contracts/internal.ts"
import { type Feed, natsFeed, type PostgresStore, postgresStore } from "../projections/internal.ts"
import { loadApplication } from "./application.ts"
import { Problem } from "./problem.ts"
import { surroundings } from "./surroundings.ts"

const app = Flag.String("app").pipe(
  Flag.withMetavar("MODULE"),
  Flag.withDescription("the module that exports the application, such as examples/shop/main.ts"),
  Flag.optional,
)

/** The command, with the flags that all commands under it share. */
export const leftfold = Command.make("leftfold").pipe(
  Command.withSharedFlags({ app }),
  Command.withDescription(
    "Looks after an application: its streams, its views, and what is parked in them. " +
      "It finds the servers by NATS_URL and DATABASE_URL, and otherwise those of npm start.",
  ),
)

/** A flag that is there or not. */
export const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(
    Flag.withDescription(description),
    Flag.withDefault(false),
    Flag.withoutNegation,
  )

/** The flag that asks for JSON. */
export const json = flag("json", "print JSON, for programs")

/** What a command works with. It connects to what it uses. */
export interface Workplace {
  readonly app: AppDefinition
  readonly databaseUrl: string
  /** The monitoring pages of the nats-servers, as far as they are known. */
  readonly monitorUrls: readonly string[]
  readonly streams: { readonly replicas: number; readonly compression: boolean }
  readonly store: PostgresStore
  readonly wire: () => Promise<NatsWire>
  readonly feed: () => Promise<Feed>
}

const connect = async (url: string, caFile: string): Promise<NatsWire> => {
  const servers = natsServers("NATS_URL", url)
  try {
    const username = servers[0]?.username
    // Each of these users may be answered where nobody else can listen, and only there.
    const user = USERS.find((each) => each === username)
    return await natsWire({
      url,
      name: "leftfold",
      caFile: caFile || undefined,
      ...(user ? { inboxPrefix: inboxPrefix(user) } : {}),
    })
  } catch (error) {
    const at = `NATS at ${hostsOf(servers)}`
    const reason = messageOf(error)
    const isRefusal = error instanceof Error && error.name === "AuthorizationError"
    throw new Problem({
      message: isRefusal
        ? `${at} refuses this user: give NATS_URL the user admin and its password`
        : `${at} cannot be reached (${reason}): start it, or say with NATS_URL where it is`,
    })
  }
}

/** Codes of Postgres for a user, a password or a database that it does not take. */
const REFUSED = ["28P01", "28000", "3D000"]

/** What the store says of a Postgres that is not there, and what to do about it. */
const advised = (error: unknown, { host, pathname }: URL): unknown => {
  if (isFailure(error) && error.message.startsWith("Postgres cannot be reached")) {
    return new Problem({
      message:
        `${error.message}, at ${host}${pathname}: start it, or say with DATABASE_URL where ` +
        "it is",
    })
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (!REFUSED.includes(code)) return error
  return new Problem({
    message: `Postgres at ${host} refuses: ${(error as Error).message}. Correct DATABASE_URL`,
  })
}

/** Runs a command's work, and disconnects. What it returns is the exit code. */
export const atWork = (work: (place: Workplace) => Promise<number | void>) =>
  Effect.gen(function* () {
    const { app: given } = yield* leftfold
    const { natsUrl, natsCaFile, databaseUrl, monitorUrls, ...streams } = yield* surroundings
    const database = yield* Effect.try({
      try: () => {
        natsServers("NATS_URL", natsUrl)
        return postgresServer("DATABASE_URL", databaseUrl)
      },
      catch: (error) => error,
    })
    yield* Effect.tryPromise({
      try: async () => {
        const definition = await loadApplication(Option.getOrUndefined(given))
        const store = postgresStore(databaseUrl)
        let wire: Promise<NatsWire> | undefined
        const connected = () => wire ??= connect(natsUrl, natsCaFile)
        try {
          process.exitCode = await work({
            app: definition,
            databaseUrl,
            monitorUrls,
            streams,
            store,
            wire: connected,
            feed: async () => natsFeed(await connected()),
          }) ?? 0
        } finally {
          await store.close()
          await wire?.then((open) => open.close(), () => {})
        }
      },
      catch: (error) => advised(error, database),
    })
  })
