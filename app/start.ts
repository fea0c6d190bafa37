/** Runs roles of an application on NATS and Postgres. */
import { Effect, Schedule } from "effect"
import {
  contextsOfActors,
  natsJournal,
  natsMembership,
  natsParking,
  natsSnapshots,
  natsSubscriptions,
  natsTimers,
} from "../actors/internal.ts"
import { checkSnapshots } from "./operations/lost-log.ts"
import { type ProvisionOptions, provisionStreams } from "./operations/provision-nats.ts"
import { knownToViews } from "./operations/known-to-views.ts"
import { checkRenamed } from "./operations/renamed-policies-nats.ts"
import {
  createClient,
  METRIC,
  METRICS,
  type NatsWire,
  prometheusText,
  reportInfo,
} from "../wire/internal.ts"
import { createProbes, InFlight, isLoopback, LOOPBACK_HOSTS } from "../gateway/internal.ts"
import { natsFeed, postgresStore, refusalOf } from "../projections/internal.ts"
import { type AppDefinition, withinContexts } from "./app.ts"
import { type Identity, identityOf, warnOfStrangers } from "./identity.ts"
import { listen, LOOPBACK } from "./listen.ts"
import { checkDurability } from "./operations/durability.ts"
import { UnfinishedRestore } from "./operations/restore-mark.ts"
import { GRACE_MS } from "./limits.ts"
import { followedContexts } from "./follows/follows.ts"
import { isRefusal, natsOf, natsOfFollowed } from "./nats-of-role.ts"
import { postgresServer } from "./operations/server-address.ts"
import {
  clientsOf,
  gatewayOf,
  liveQueries,
  readinessOf,
  type Role,
  type RoleParts,
  ROLES,
  runActors,
  runKnownNodes,
  runNatsUsers,
  runPolicies,
  runProjections,
} from "./roles.ts"
import { type Moving, settledIn } from "./settled.ts"
import { stopGateway } from "./stop-gateway.ts"
import { wireGauges } from "./role-gauges.ts"
import type { StartOptions } from "./start-options.ts"
import { checkMoved } from "./transfer/move-mark.ts"
import { StartProblem } from "./start-problem.ts"
import { connectOpenTelemetry } from "./telemetry.ts"
import { caughtUpBy, inScope, type RunningApp } from "./running.ts"

/**
 * A running application, and where its gateway listens. Made by `App.start`.
 *
 * ```ts
 * const readiness = async ({ url }: StartedApp) => await (await fetch(`${url}/healthz`)).json()
 * ```
 */
export interface StartedApp extends RunningApp {
  /** Empty when this process has no gateway. */
  readonly url: string
}

const CONNECT_ATTEMPTS = 20

const attempts = Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: CONNECT_ATTEMPTS }))

/** Errors that waiting does not cure. */
const isFinal = (error: unknown): boolean =>
  isRefusal(error) || error instanceof UnfinishedRestore || error instanceof StartProblem

const patiently = <A>(attempt: () => Promise<A>) =>
  Effect.tryPromise({ try: attempt, catch: (error) => error }).pipe(
    Effect.retry({ schedule: attempts, while: (error) => !isFinal(error) }),
  )

/** A connection for one role, until the scope ends. */
const connected = (app: AppDefinition, role: Role, options: StartOptions) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const { open, problem } = natsOf(app, role, options)
      return patiently(open).pipe(Effect.mapError(problem))
    }),
    (wire) => Effect.promise(() => wire.close()),
  )

/**
 * The logs of other applications, and the connection that reads them for the roles of this process
 * that do; undefined where nothing is followed over a connection of its own.
 */
const following = (app: AppDefinition, options: StartOptions) => {
  const { roles = ROLES } = options
  const reader = (["projections", "policies"] as const).find((role) => roles.includes(role))
  const nats = reader && natsOfFollowed(app, reader, options)
  if (!nats) return Effect.succeed(undefined)
  return Effect.acquireRelease(
    patiently(nats.open).pipe(Effect.mapError(nats.problem)),
    (wire) => Effect.promise(() => wire.close()),
  )
}

/** The parts of a role that sends commands, and so follows the known nodes. */
const partsOf = (app: AppDefinition, wire: NatsWire, identity: Identity) =>
  Effect.gen(function* () {
    const membership = natsMembership(wire)
    const knownNodes = yield* runKnownNodes(membership)
    const clients = clientsOf(app, wire, { routes: knownNodes, seals: identity.seals })
    const parts: RoleParts = { app, wire, ...clients, ...identity }
    return { parts, membership, knownNodes }
  })

const provision = (wire: NatsWire, contexts: readonly string[], options: ProvisionOptions) =>
  patiently(async () => {
    const made = await provisionStreams(wire, contexts, options)
    if (made.length > 0) reportInfo(`made the streams ${made.join(", ")}`)
  })

const observing = (observer: Parameters<typeof METRICS.observe>[0]) =>
  Effect.acquireRelease(
    Effect.sync(() => METRICS.observe(observer)),
    ({ close }) => Effect.sync(close),
  )

type Wires = { [role in Role]?: NatsWire }

/** Fails when Postgres refuses this address for a reason that waiting does not cure. */
const checkDatabase = async (setting: string, address: string | undefined): Promise<void> => {
  if (address === undefined) return
  const { host } = postgresServer(setting, address)
  const refusal = await refusalOf(address)
  if (refusal === undefined) return
  throw new StartProblem(`Postgres at ${host} ${refusal}: correct ${setting}`)
}

const checkDatabases = ({ databaseUrl, queriesUrl }: StartOptions): Promise<unknown> =>
  Promise.all([
    checkDatabase("DATABASE_URL", databaseUrl),
    checkDatabase("DATABASE_QUERIES_URL", queriesUrl),
  ])

const open = ({ databaseUrl, queriesUrl }: StartOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => postgresStore(databaseUrl, queriesUrl)),
    (store) => Effect.promise(() => store.close()),
  )

/** Starts the roles behind the gateway. Each role has its own connection. */
const startRoles = (
  app: AppDefinition,
  options: StartOptions,
  wires: Wires,
  identity: Identity,
) =>
  Effect.gen(function* () {
    const own = withinContexts(app, options.contexts)
    const logs = yield* following(app, options)
    const followed = (role: NatsWire) => ({
      wire: logs ?? role,
      contexts: followedContexts(app),
    })
    const { provision: admin, actors, projections, policies } = wires
    if (admin) {
      const known = projections && knownToViews(yield* open(options), app)
      yield* provision(admin, app.contexts, known ? { ...options, known } : options)
    }
    if (actors) {
      yield* patiently(() => checkSnapshots(actors, contextsOfActors(own.actors)))
      const { parts, ...rest } = yield* partsOf(own, actors, identity)
      const [journal, snapshots] = [natsJournal(actors), natsSnapshots(actors)]
      yield* patiently(() =>
        checkMoved(actors, journal, own.actors.map(({ contract }) => contract))
      )
      yield* runActors(parts, { ...rest, journal, snapshots })
    }
    const feed = projections && natsFeed(projections, followed(projections))
    if (projections && feed) {
      const store = yield* open(options)
      const parts = { app: own, wire: projections, client: createClient(projections), ...identity }
      yield* runProjections(parts, feed, store)
    }
    let running: Moving["policies"]
    if (policies) {
      yield* patiently(() => checkRenamed(policies, app, own.policies))
      const { parts } = yield* partsOf(own, policies, identity)
      running = yield* runPolicies(parts, {
        subscriptions: natsSubscriptions(policies, followed(policies)),
        timers: natsTimers(policies),
        parking: natsParking(policies),
      })
    }
    return { policies: running, feed }
  })

/** The roles that write to logs. Only they check the servers' durability. */
const WRITING: readonly Role[] = ["provision", "actors"]

const build = (app: AppDefinition, options: StartOptions, drainMs: () => number) =>
  Effect.gen(function* () {
    const { roles = ROLES } = options
    // Wrong settings are reported before anything is waited for.
    withinContexts(app, options.contexts)
    if (roles.some((role) => WRITING.includes(role))) {
      yield* Effect.tryPromise({ try: () => checkDurability(options), catch: (error) => error })
    }
    if (roles.includes("projections")) {
      yield* Effect.tryPromise({ try: () => checkDatabases(options), catch: (error) => error })
    }
    const identity = yield* Effect.try({
      try: () => identityOf(app, options),
      catch: (error) => error,
    })
    const wires: Wires = {}
    for (const role of roles) {
      const wire = wires[role] = yield* connected(app, role, options)
      yield* observing(() => wireGauges(role, wire))
    }
    const moving = yield* startRoles(app, options, wires, identity)
    const wire = wires[roles.includes("gateway") ? "gateway" : roles[0]!]!
    const parts = wires.gateway
      ? (yield* partsOf(app, wire, identity)).parts
      : { app, wire, ...clientsOf(app, wire, { seals: identity.seals }), ...identity }
    const live = yield* liveQueries(parts)
    const { healthToken, host = LOOPBACK, hosts, origins } = options
    const named = isLoopback(host) ? [...LOOPBACK_HOSTS, ...hosts ?? []] : hosts
    const inFlight = new InFlight()
    yield* observing(() => [[METRIC.requestsInFlight, inFlight.size]])
    if (wires.gateway) warnOfStrangers(app, options)
    const openReads = app.users !== undefined || options.profile !== "production"
    const gateway = gatewayOf(parts, live, {
      openReads,
      healthToken,
      hosts: named,
      origins,
      inFlight,
      openMetrics: isLoopback(host) && options.developmentUser === true,
    })
    // Before the gateway, so that the probes still answer while the gateway stops.
    if (options.healthPort !== undefined) {
      const connected = () => Object.values(wires).every((each) => each.connected())
      const listener = { what: "the probes", setting: "LEFTFOLD_HEALTH_PORT" }
      const metrics = () => prometheusText(METRICS)
      const app = createProbes({ connected, stopping: () => inFlight.stopping, metrics })
      yield* listen({ ...listener, app, port: options.healthPort }, options)
    }
    let url = ""
    if (wires.gateway) yield* runNatsUsers(parts, options.profile === "production")
    if (wires.gateway) {
      const { port = 8080, graceMs = GRACE_MS } = options
      const stop = stopGateway(inFlight, live, { drainMs, graceMs })
      const listener = { what: "the gateway", setting: "PORT", app: gateway, port, stop }
      url = (yield* listen(listener, options)).url
    }
    return { client: parts.client, wire, gateway, url, health: readinessOf(parts), moving }
  })

/**
 * Starts roles of an application. When one cannot start, it rejects and leaves nothing running.
 * `drainMs` is read when it stops.
 */
export const start = async (
  app: AppDefinition,
  options: StartOptions,
  drainMs = () => options.drainMs ?? 0,
): Promise<StartedApp> => {
  await connectOpenTelemetry()
  const { built, stop } = await inScope(build(app, options, drainMs))
  const caughtUp = caughtUpBy(app, built.client)
  return {
    url: built.url,
    client: built.client,
    wire: built.wire,
    fetch: async (path, init) => await built.gateway.request(path, init),
    health: built.health,
    caughtUp,
    settled: settledIn(app, options, built.moving, caughtUp),
    stop,
  }
}
