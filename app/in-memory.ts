/** Runs an application in memory: every role, no server. For tests and for trying things out. */
import { Duration, Effect } from "effect"
import { setImmediate } from "node:timers/promises"
import {
  memoryJournal,
  memoryMembership,
  memoryParking,
  memorySnapshots,
  memorySubscriptions,
  memoryTimers,
  type RunningPolicies,
  VirtualClock,
} from "../actors/internal.ts"
import { createClient, MemoryLog, type MemoryWire, memoryWire, ownSeals } from "../wire/internal.ts"
import { memoryFeed, memoryStore } from "../projections/internal.ts"
import type { AppDefinition } from "./app.ts"
import {
  gatewayOf,
  liveQueries,
  readinessOf,
  runActors,
  runKnownNodes,
  runPolicies,
  runProjections,
} from "./roles.ts"
import { caughtUpBy, inScope, type RunningApp } from "./running.ts"

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
   * finish everything that follows from each. `"0 seconds"` only waits for the policies. Rejects
   * when they do not finish.
   */
  readonly advance: (time: Duration.Input) => Promise<void>
}

/** How long policies may make no progress before they count as stuck, in milliseconds. */
const STANDSTILL_MS = 3_000

const atRest = async (policies: RunningPolicies): Promise<void> => {
  let [before, since] = [-1, Date.now()]
  for (;;) {
    // Work in flight shows in the lag only after a turn of the event loop.
    await setImmediate()
    const lag = Object.values(await policies.lag()).reduce((sum, each) => sum + each, 0)
    if (lag === 0) return
    if (lag !== before) [before, since] = [lag, Date.now()]
    else if (Date.now() - since > STANDSTILL_MS) {
      throw new Error(`policies do not come to rest; stuck: ${policies.stuck().join("; ")}`)
    }
  }
}

const stoppingClock = Effect.acquireRelease(
  Effect.sync(() => new VirtualClock()),
  (clock) => Effect.sync(() => clock.stop()),
)

const build = (app: AppDefinition) =>
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
    const client = createClient(wire, { routes: knownNodes, now, seals })
    const parts = { app, wire, now, client, seals }
    const [journal, snapshots] = [memoryJournal(log), memorySnapshots()]
    yield* runActors(parts, { journal, snapshots, membership, knownNodes })
    yield* runProjections(parts, memoryFeed(log), memoryStore())
    const policies = yield* runPolicies(parts, {
      subscriptions: memorySubscriptions(log),
      timers: memoryTimers(clock),
      parking: memoryParking(),
    })
    const gateway = gatewayOf(parts, yield* liveQueries(parts))
    return { client: parts.client, wire, clock, policies, gateway, health: readinessOf(parts) }
  })

/** Starts an application in memory. Its logs and views are lost when it stops. */
export const inMemory = async (app: AppDefinition): Promise<InMemoryApp> => {
  const { built, stop } = await inScope(build(app))
  const { client, wire, clock, policies, gateway, health } = built
  return {
    client,
    wire,
    fetch: async (path, init) => await gateway.request(path, init),
    health,
    caughtUp: caughtUpBy(app, client),
    advance: (time) =>
      clock.advance(Duration.toMillis(Duration.fromInputUnsafe(time)), () => atRest(policies)),
    stop,
  }
}
