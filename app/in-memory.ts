/** Runs an application in memory: every role, no server. For tests and for trying things out. */
import { type Duration, Effect } from "effect"
import { setImmediate } from "node:timers/promises"
import {
  memoryJournal,
  memoryMembership,
  memoryParking,
  memorySnapshots,
  memorySubscriptions,
  memoryTimers,
  VirtualClock,
} from "../actors/internal.ts"
import { type AnyContract, durationMs, type EventOf } from "../contracts/internal.ts"
import {
  type Accepted,
  MemoryLog,
  type MemoryWire,
  memoryWire,
  ownSeals,
} from "../wire/internal.ts"
import { memoryFeed, memoryStore } from "../projections/internal.ts"
import type { AppDefinition } from "./app.ts"
import { clientOf } from "./client-of.ts"
import { FollowedInMemory } from "./follows/followed-memory.ts"
import { contextsRead } from "./follows/follows.ts"
import { SETTLING } from "./limits.ts"
import {
  accessOf,
  clientsOf,
  gatewayOf,
  liveQueries,
  readinessOf,
  type RoleParts,
  runActors,
  runKnownNodes,
  runPolicies,
  runProjections,
} from "./roles.ts"
import { caughtUpBy, inScope, type RunningApp } from "./running.ts"
import { policiesAtRest, settledBy } from "./settled.ts"

/**
 * An application in memory, whose time can be put forward. Made by `App.inMemory`.
 *
 * ```ts
 * const app: InMemoryApp = await App.inMemory(shop)
 * await app.client.ask(Orders, "o-1", CancelOrder({ reason: "late" }))
 * await app.advance("30 minutes")
 * await app.stop()
 * ```
 */
export interface InMemoryApp extends RunningApp {
  /** The wire that connects all roles; a test can interrupt it. */
  readonly wire: MemoryWire
  /**
   * Advances the clock. Timers that fall due fire in order, and before the clock moves on, policies
   * finish everything that follows from each. In the end it waits as `settled` does. Rejects when
   * policies do not finish.
   */
  readonly advance: (time: Duration.Input) => Promise<void>
  /**
   * Writes events of an application that this one follows, as if they had happened there. Returns
   * their position, which `caughtUp` takes. Throws `TypeError` for a contract that is not followed.
   */
  readonly happened: <K extends AnyContract>(
    contract: K,
    id: string,
    ...events: readonly EventOf<K>[]
  ) => Pick<Accepted, "position">
}

/** Work in flight shows in the lag only after a turn of the event loop. */
const PATIENCE = { pause: () => setImmediate(), standstillMs: SETTLING.standstillMs }

const stoppingClock = Effect.acquireRelease(
  Effect.sync(() => new VirtualClock()),
  (clock) => Effect.sync(() => clock.stop()),
)

const build = (app: AppDefinition, isDevelopment: boolean) =>
  Effect.gen(function* () {
    const log = new MemoryLog()
    const clock = yield* stoppingClock
    const wire = yield* Effect.acquireRelease(
      Effect.sync(memoryWire),
      (wire) => Effect.promise(() => wire.close()),
    )
    const { now } = clock
    const membership = memoryMembership()
    const knownNodes = yield* runKnownNodes(membership)
    const seals = ownSeals()
    const clients = clientsOf(app, wire, { routes: knownNodes, now, seals })
    const access = accessOf(app, seals, isDevelopment)
    const parts: RoleParts = { app, wire, now, ...clients, seals, access }
    const [journal, snapshots] = [memoryJournal(log), memorySnapshots()]
    yield* runActors(parts, { journal, snapshots, membership, knownNodes })
    const feed = memoryFeed(log)
    yield* runProjections(parts, feed, memoryStore())
    const policies = yield* runPolicies(parts, {
      subscriptions: memorySubscriptions(log),
      timers: memoryTimers(clock),
      parking: memoryParking(),
    })
    const gateway = gatewayOf(parts, yield* liveQueries(parts))
    const health = readinessOf(parts)
    const followed = new FollowedInMemory(app, log, now)
    return { client: parts.client, wire, clock, policies, feed, gateway, health, followed }
  })

/** How an application runs in memory. */
interface InMemoryOptions {
  /** Whether somebody who has not signed in is the application's `developmentUser`. */
  readonly developmentUser?: boolean
}

/** Starts an application in memory. Its logs and views are lost when it stops. */
export const inMemory = async (
  app: AppDefinition,
  { developmentUser = false }: InMemoryOptions = {},
): Promise<InMemoryApp> => {
  const { built, stop } = await inScope(build(app, developmentUser))
  const { client, wire, clock, policies, feed, gateway, health, followed } = built
  const reached = caughtUpBy(app, client)
  const contexts = contextsRead(app)
  const settled = settledBy({ contexts, policies, feed, caughtUp: reached, patience: PATIENCE })
  return {
    client: clientOf(app, client),
    wire,
    fetch: async (path, init) => await gateway.request(path, init),
    health,
    caughtUp: async (...answers) => {
      await reached(...answers)
      await settled()
    },
    settled,
    advance: async (time) => {
      const ms = durationMs("the time to advance by", time)
      await clock.advance(ms, () => policiesAtRest(policies, PATIENCE))
      await settled()
    },
    happened: (contract, id, ...events) => ({ position: followed.write(contract, id, events) }),
    stop,
  }
}
