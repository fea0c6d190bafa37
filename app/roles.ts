/** The roles of an application. They run together or each in a process of its own. */
import { Effect, type Scope } from "effect"
import {
  contextsOfActors,
  followNodes,
  type Journal,
  type KnownNodes,
  type Membership,
  POLICY,
  type PolicyRunnerOptions,
  type RunningPolicies,
  type Snapshots,
  startNode,
  startPolicies,
} from "../actors/internal.ts"
import {
  type Access,
  canClaim,
  type Client,
  type ClientOptions,
  createClient,
  type Health,
  METRICS,
  ofStatus,
  type PrincipalSeals,
  prometheusText,
  reportWarning,
  serveHealth,
  serveNatsUsers,
  type Serving,
  sharedLook,
  statusBy,
  type Wire,
  worstOf,
} from "../wire/internal.ts"
import { createGateway, type DoorOptions, type InFlight, LiveQueries } from "../gateway/internal.ts"
import {
  type Feed,
  isRaw,
  startProjections,
  startQueries,
  type Store,
} from "../projections/internal.ts"
import type { AppDefinition } from "./app.ts"
import { followedContexts } from "./follows/follows.ts"
import { audienceBy, RuledAccess } from "./rules/access.ts"
import { READINESS } from "./limits.ts"
import { StartProblem } from "./start-problem.ts"
import { askRoles, partsOf, totalHealth } from "./readiness.ts"
import { liveGauges, nodeGauges, policyGauges, projectionGauges } from "./role-gauges.ts"
import { policiesStatus, viewStatus } from "./role-status.ts"

/** Every role, in the order in which the roles start. */
export const ROLES = ["provision", "actors", "projections", "policies", "gateway"] as const

/**
 * One role: what a process can do for an application.
 *
 * ```ts
 * const roles: readonly Role[] = ["actors", "policies"]
 * ```
 */
export type Role = typeof ROLES[number]

/** What connects to NATS: a role, or the reading of logs that are followed. */
export type Connecting = Role | "followed"

/** The parts that the roles of one process share. */
export interface RoleParts {
  readonly app: AppDefinition
  readonly wire: Wire
  readonly client: Client
  /** The current time in milliseconds since 1970; by default the system's clock. */
  readonly now?: () => number
  /** The client for requests from outside; by default `client`, which the application uses. */
  readonly outside?: Client | undefined
  /** Checks the seals of principals; without it nodes accept no principals. */
  readonly seals?: PrincipalSeals | undefined
  /** The rules; without them, anybody may do everything. */
  readonly access?: Access | undefined
}

/**
 * The clients of a process. In an application with users, the application's own messages are
 * sealed as such, and what comes from outside is not.
 */
export const clientsOf = (
  { users }: AppDefinition,
  wire: Wire,
  options: ClientOptions,
): Pick<RoleParts, "client" | "outside"> =>
  users === undefined ? { client: createClient(wire, options) } : {
    client: createClient(wire, { ...options, asSystem: true }),
    outside: createClient(wire, options),
  }

/** The access that an application's rules give; undefined without users. */
export const accessOf = (
  { users, rules, developmentUser }: AppDefinition,
  seals: PrincipalSeals | undefined,
  isDevelopment: boolean,
): Access | undefined => {
  if (users === undefined) return undefined
  if (!seals) throw new TypeError("rules need seals")
  return new RuledAccess({
    rules,
    seals,
    ...(isDevelopment && developmentUser ? { developmentUser } : {}),
  })
}

const closing = <A extends Serving>(open: () => A) =>
  Effect.acquireRelease(Effect.sync(open), (serving) => Effect.sync(() => serving.close()))

const stopping = <A extends { readonly stop: () => Promise<void> }>(start: () => Promise<A>) =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: start, catch: (error) => error }),
    ({ stop }) => Effect.promise(stop),
  )

type Started = Effect.Effect<void, unknown, Scope.Scope>

/** Keeps the list of known nodes for everything in this process that sends commands. */
export const runKnownNodes = (
  membership: Membership,
): Effect.Effect<KnownNodes, unknown, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => followNodes(membership)),
    ({ close }) => Effect.sync(close),
  ).pipe(Effect.map(({ knownNodes }) => knownNodes))

/** What a node needs, in addition to the parts of its process. */
export interface NodeParts {
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly membership: Membership
  readonly knownNodes: KnownNodes
}

/** Hosts actors, as one node among several. */
export const runActors = (
  { app, wire, now = Date.now, seals, access }: RoleParts,
  parts: NodeParts,
): Started =>
  Effect.gen(function* () {
    const { version, actors } = app
    const node = yield* stopping(async () =>
      await startNode({ ...parts, wire, now, version, actors, seals, access })
    )
    yield* closing(() => parts.journal.watch(contextsOfActors(actors)))
    const health = async () => {
      const troubles = [...parts.journal.troubles(), ...node.troubles()]
      const warnings = [...await parts.journal.warnings(), ...node.warnings()]
      return {
        ...ofStatus(statusBy(troubles.length > 0, warnings.length > 0)),
        node: node.node,
        nodes: parts.knownNodes.nodes.length,
        residents: node.residents(),
        troubles,
        warnings,
      }
    }
    yield* closing(() => serveHealth(wire, "actors", partsOf(app).actors, health))
    yield* closing(() => METRICS.observe(async () => nodeGauges(await health())))
  })

/** Folds the projections and answers queries. */
export const runProjections = (
  { app, wire, access }: RoleParts,
  feed: Feed,
  store: Store,
): Started =>
  Effect.gen(function* () {
    const { projections, queries } = app
    const running = yield* stopping(() =>
      Promise.resolve(startProjections({ projections, feed, store, wire }))
    )
    yield* closing(() => startQueries({ projections, queries, store, wire, feed, access }))
    yield* closing(() =>
      serveHealth(wire, "projections", partsOf(app).projections, () => {
        const health = running.health()
        const views = health.map((each) => ({ ...each, ...ofStatus(viewStatus(each)) }))
        return { ...ofStatus(worstOf(health.map(viewStatus))), projections: views }
      })
    )
    yield* closing(() => METRICS.observe(() => projectionGauges(running.health())))
  })

const policyHealth = async (running: RunningPolicies) => {
  const stuck = running.stuck()
  const [slow, parked, unreadable] = [running.slow(), running.parked(), running.unreadable()]
  const waiting = running.waiting()
  return {
    ...ofStatus(policiesStatus(running)),
    ...(waiting.length > 0 ? { waiting: waiting.slice(0, POLICY.stuckNamed) } : {}),
    stuck: stuck.slice(0, POLICY.stuckNamed),
    stuckCount: stuck.length,
    stuckLimit: POLICY.pending,
    ...(slow.length > 0 ? { slow: slow.slice(0, POLICY.stuckNamed), slowCount: slow.length } : {}),
    ...(parked.count > 0 ? { parked: parked.named, parkedCount: parked.count } : {}),
    ...(stuck.length > 0 ? { stuckSince: running.stuckSince() } : {}),
    ...(unreadable.count > 0
      ? { unreadable: unreadable.named, unreadableCount: unreadable.count }
      : {}),
    lag: await running.lag(),
  }
}

/** Runs the policies and their timers. */
export const runPolicies = (
  { app, wire, client }: RoleParts,
  stores: Pick<PolicyRunnerOptions, "subscriptions" | "timers" | "parking">,
): Effect.Effect<RunningPolicies, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const running = yield* stopping(() =>
      startPolicies({
        ...stores,
        policies: app.policies,
        client,
        contracts: new Set(app.contracts),
        followed: followedContexts(app),
      })
    )
    const { policies } = partsOf(app)
    yield* closing(() => serveHealth(wire, "policies", policies, () => policyHealth(running)))
    yield* closing(() => METRICS.observe(() => policyGauges(running)))
    return running
  })

/**
 * Reads the health of all roles: `ready`, and an entry for each role. Simultaneous calls share one
 * question to each role. Later calls reuse the answers for `keptMs` milliseconds.
 */
export const readinessOf = ({ app, wire }: RoleParts, keptMs = 0): () => Promise<Health> =>
  sharedLook(async () => {
    const checks = await askRoles(app, wire, READINESS.withinMs)
    return totalHealth({ nats: { ready: wire.connected() }, ...checks })
  }, keptMs)

/** The live queries of one process. */
export const liveQueries = (
  { client, outside = client, wire }: RoleParts,
): Effect.Effect<LiveQueries, never, Scope.Scope> =>
  Effect.gen(function* () {
    const live = yield* closing(() => new LiveQueries({ client: outside, wire }))
    yield* closing(() => METRICS.observe(() => liveGauges(live)))
    return live
  })

/**
 * Takes the messages of users of NATS. Where the nats-server proves nothing, production fails with
 * a `StartProblem`, and development warns.
 */
export const runNatsUsers = (
  { app: { natsUsers: users }, wire, seals }: RoleParts,
  isProduction: boolean,
): Started =>
  Effect.gen(function* () {
    if (Object.keys(users).length === 0 || !seals) return
    const claimed = yield* Effect.promise(() => canClaim(wire, Object.keys(users)))
    if (claimed !== undefined && isProduction) {
      return yield* Effect.fail(new StartProblem(provesNothing(claimed)))
    }
    if (claimed !== undefined) reportWarning(provesNothing(claimed))
    yield* closing(() => serveNatsUsers({ wire, seals, users }))
  })

const provesNothing = (user: string): string =>
  `the nats-server lets the gateway publish as.${user}.…, so it does not prove who ${user} is: ` +
  "give each user of NATS its own permissions, as leftfold init deploy --callers writes them, " +
  "or remove natsUsers"

/** The gateway's app, to serve over HTTP or to call directly. */
export const gatewayOf = (
  parts: RoleParts,
  live: LiveQueries,
  { healthToken, ...options }: DoorOptions & {
    readonly healthToken?: string | undefined
    readonly inFlight?: InFlight | undefined
    readonly openReads?: boolean
    readonly openMetrics?: boolean
  } = {},
) =>
  createGateway({
    ...options,
    title: parts.app.name,
    subjects: parts.wire.names,
    client: parts.outside ?? parts.client,
    ownClient: parts.client,
    users: parts.app.users,
    audienceOf: parts.app.users && audienceBy(parts.app.rules),
    live,
    maxPayload: () => parts.wire.maxPayload(),
    contracts: parts.app.actors.map(({ contract }) => contract),
    // A raw projection has no rows to read by key.
    projections: parts.app.projections.flatMap((each) => isRaw(each) ? [] : [each]),
    queries: parts.app.queries,
    states: new Map(parts.app.actors.flatMap(({ contract, state }) =>
      state === undefined ? [] : [[contract.name, state.codec.jsonSchema()]]
    )),
    connected: () =>
      parts.wire.connected(),
    readiness: readinessOf(parts, READINESS.keptMs),
    healthToken,
    http: parts.app.http,
    metrics: () => prometheusText(METRICS),
  })
