/** Runs an application in memory: every role, no server. For tests and for trying out. */
import { Effect } from "effect"
import {
  memoryJournal,
  memoryMembership,
  memorySnapshots,
  memorySubscriptions,
} from "../actors/mod.ts"
import { createClient, MemoryLog, memoryWire } from "../contracts/mod.ts"
import { memoryFeed, memoryStore } from "../projections/mod.ts"
import type { AppDefinition } from "./app.ts"
import {
  gatewayOf,
  liveQueries,
  runActors,
  runPolicies,
  runProjections,
  runRoster,
} from "./roles.ts"
import { caughtUpBy, inScope, type RunningApp } from "./running.ts"

/** Starts an application in memory. What it records is gone when it stops. */
export const inMemory = async (app: AppDefinition): Promise<RunningApp> => {
  const { built, stop } = await inScope(Effect.gen(function* () {
    const log = new MemoryLog()
    const wire = yield* Effect.acquireRelease(
      Effect.sync(memoryWire),
      (wire) => Effect.promise(() => wire.close()),
    )
    const membership = memoryMembership()
    const roster = yield* runRoster(membership)
    const parts = { app, wire, client: createClient(wire, { routes: roster }) }
    const [journal, snapshots] = [memoryJournal(log), memorySnapshots()]
    yield* runActors(parts, { journal, snapshots, membership, roster })
    yield* runProjections(parts, memoryFeed(log), memoryStore())
    yield* runPolicies(parts, memorySubscriptions(log))
    const gateway = gatewayOf(parts, yield* liveQueries(parts))
    return { client: parts.client, wire, gateway }
  }))
  return {
    client: built.client,
    wire: built.wire,
    fetch: async (path, init) => await built.gateway.request(path, init),
    caughtUp: caughtUpBy(app, built.client),
    stop,
  }
}
