/** The roles of an application: the parts that run together or in processes of their own. */
import { Effect, type Scope } from "effect"
import {
  type Journal,
  type Snapshots,
  startHost,
  startPolicies,
  type Subscriptions,
} from "../actors/mod.ts"
import { askHealth, type Client, serveHealth, type Serving, type Wire } from "../contracts/mod.ts"
import { createGateway } from "../gateway/mod.ts"
import { type Feed, startProjections, startQueries, type Store } from "../projections/mod.ts"
import type { AppDefinition } from "./app.ts"

/** Every role, in the order in which they start. */
export const ROLES = ["provision", "actors", "projections", "policies", "gateway"] as const

/** One role. */
export type Role = typeof ROLES[number]

/** What the roles of one process work with. */
export interface Parts {
  readonly app: AppDefinition
  readonly wire: Wire
  readonly client: Client
}

const HEALTH_WITHIN_MS = 1_000

const closing = <A extends Serving>(open: () => A) =>
  Effect.acquireRelease(Effect.sync(open), ({ close }) => Effect.sync(close))

const stopping = <A extends { readonly stop: () => Promise<void> }>(start: () => Promise<A>) =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: start, catch: (error) => error }),
    ({ stop }) => Effect.promise(stop),
  )

type Started = Effect.Effect<void, unknown, Scope.Scope>

/** Hosts the actors. */
export const runActors = ({ app, wire }: Parts, journal: Journal, snapshots: Snapshots): Started =>
  Effect.gen(function* () {
    const host = yield* stopping(() =>
      Promise.resolve(startHost({ actors: app.actors, wire, journal, snapshots }))
    )
    yield* closing(() =>
      serveHealth(wire, "actors", () => ({ ready: true, residents: host.residents() }))
    )
  })

/** Folds the projections and answers the queries. */
export const runProjections = ({ app, wire }: Parts, feed: Feed, store: Store): Started =>
  Effect.gen(function* () {
    const { projections, queries } = app
    const running = yield* stopping(() =>
      Promise.resolve(startProjections({ projections, feed, store, wire }))
    )
    yield* closing(() => startQueries({ projections, queries, store, wire }))
    yield* closing(() =>
      serveHealth(wire, "projections", () => {
        const health = running.health()
        return { ready: health.every(({ caughtUp }) => caughtUp), projections: health }
      })
    )
  })

/** Runs the policies. */
export const runPolicies = (
  { app, wire, client }: Parts,
  subscriptions: Subscriptions,
): Started =>
  Effect.gen(function* () {
    const running = yield* stopping(() =>
      startPolicies({ policies: app.policies, client, subscriptions })
    )
    yield* closing(() =>
      serveHealth(wire, "policies", () => {
        const stuck = running.stuck()
        return { ready: stuck.length === 0, stuck }
      })
    )
  })

const readiness = ({ app, wire }: Parts) => async () => {
  const roles = [
    "actors",
    ...(app.projections.length > 0 ? ["projections"] : []),
    ...(app.policies.length > 0 ? ["policies"] : []),
  ]
  const asked = roles.map(async (role) => [role, await askHealth(wire, role, HEALTH_WITHIN_MS)])
  const checks = Object.fromEntries(await Promise.all(asked))
  const nats = { ready: wire.connected() }
  const ready = nats.ready && roles.every((role) => checks[role].ready)
  return { ready, nats, ...checks }
}

/** The gateway's app, to be served or called. */
export const gatewayOf = (parts: Parts) =>
  createGateway({
    title: parts.app.name,
    client: parts.client,
    contracts: parts.app.actors.map(({ contract }) => contract),
    projections: parts.app.projections,
    queries: parts.app.queries.map(({ query }) => query),
    readiness: readiness(parts),
  })
