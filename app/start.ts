/** Runs roles of an application on NATS and Postgres. */
import { Effect, Schedule } from "effect"
import {
  natsJournal,
  natsMembership,
  natsSnapshots,
  natsSubscriptions,
  natsTimers,
  provisionStreams,
} from "../actors/mod.ts"
import { createClient, type NatsWire, natsWire, reportInfo } from "../contracts/mod.ts"
import { serveGateway } from "../gateway/mod.ts"
import { natsFeed, postgresStore } from "../projections/mod.ts"
import type { AppDefinition } from "./app.ts"
import { checkDurability, type DurabilityOptions } from "./durability.ts"
import {
  gatewayOf,
  liveQueries,
  type Role,
  ROLES,
  runActors,
  runPolicies,
  runProjections,
  runRoster,
} from "./roles.ts"
import { caughtUpBy, inScope, type RunningApp } from "./running.ts"

/** Where to run what. */
export interface StartOptions extends DurabilityOptions {
  /** `nats://user:password@host:port`, several separated by commas. */
  readonly natsUrl: string
  /** `postgres://user:password@host:port/database`; needed by the role `projections` alone. */
  readonly databaseUrl: string
  /** The gateway's port; 0 takes any that is free. */
  readonly port?: number
  /** The address that the gateway listens on. */
  readonly host?: string
  /** What this process does; everything when it does not say. */
  readonly roles?: readonly Role[]
  /** The bounded contexts whose actors this process hosts; all when it does not say. */
  readonly contexts?: readonly string[] | undefined
}

/** A running application, and where its gateway listens. */
export interface StartedApp extends RunningApp {
  /** Empty when this process has no gateway. */
  readonly url: string
}

const CONNECT_ATTEMPTS = 20

const patiently = Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: CONNECT_ATTEMPTS }))

const connect = (name: string, url: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => natsWire({ url, name }),
      catch: (error) =>
        new Error(`NATS at ${withoutSecrets(url)} cannot be reached`, { cause: error }),
    }).pipe(Effect.retry(patiently)),
    (wire) => Effect.promise(() => wire.close()),
  )

const withoutSecrets = (url: string): string => url.replace(/\/\/[^@/,]*@/g, "//")

const provision = (wire: NatsWire, contexts: readonly string[], options: DurabilityOptions) =>
  Effect.tryPromise({
    try: async () => {
      const made = await provisionStreams(wire, contexts, options)
      if (made.length > 0) reportInfo(`made the streams ${made.join(", ")}`)
    },
    catch: (error) => error,
  }).pipe(Effect.retry(patiently))

const open = (databaseUrl: string) =>
  Effect.acquireRelease(
    Effect.sync(() => postgresStore(databaseUrl)),
    (store) => Effect.promise(() => store.close()),
  )

const listen = (
  gateway: ReturnType<typeof gatewayOf>,
  { port = 8080, host = "127.0.0.1" }: StartOptions,
) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => serveGateway(gateway, { port, host }),
      catch: (error) => new Error(`the gateway cannot listen on port ${port}: ${error}`),
    }),
    ({ stop }) => Effect.promise(stop),
  )

const build = (app: AppDefinition, options: StartOptions) =>
  Effect.gen(function* () {
    const { natsUrl, databaseUrl, roles = ROLES, contexts } = options
    yield* Effect.tryPromise({ try: () => checkDurability(options), catch: (error) => error })
    const wire = yield* connect(`${app.name} ${roles.join(" ")}`, natsUrl)
    if (roles.includes("provision")) yield* provision(wire, app.contexts, options)
    const membership = natsMembership(wire)
    const roster = yield* runRoster(membership)
    const parts = { app, wire, client: createClient(wire, { routes: roster }) }
    let url = ""
    if (roles.includes("actors")) {
      const [journal, snapshots] = [natsJournal(wire), natsSnapshots(wire)]
      yield* runActors(parts, { journal, snapshots, membership, roster, contexts })
    }
    if (roles.includes("projections")) {
      yield* runProjections(parts, natsFeed(wire), yield* open(databaseUrl))
    }
    if (roles.includes("policies")) {
      yield* runPolicies(parts, natsSubscriptions(wire), natsTimers(wire))
    }
    const live = yield* liveQueries(parts)
    const gateway = gatewayOf(parts, live)
    if (roles.includes("gateway")) {
      url = (yield* listen(gateway, options)).url
      // Streams are ended before the server that waits for them is stopped.
      yield* Effect.addFinalizer(() => Effect.sync(() => live.close()))
    }
    return { client: parts.client, wire, gateway, url }
  })

/** Starts roles of an application. Rejects, with nothing left running, when one cannot start. */
export const start = async (app: AppDefinition, options: StartOptions): Promise<StartedApp> => {
  const { built, stop } = await inScope(build(app, options))
  return {
    url: built.url,
    client: built.client,
    wire: built.wire,
    fetch: async (path, init) => await built.gateway.request(path, init),
    caughtUp: caughtUpBy(app, built.client),
    stop,
  }
}
