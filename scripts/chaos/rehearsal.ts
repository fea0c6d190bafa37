/**
 * A rehearsal: the load and the checker on two hosts in memory that do not know each other. Ports
 * can be wrapped, and a wrong one shows within seconds.
 */
import {
  type Journal,
  memoryJournal,
  memoryParking,
  memorySnapshots,
  memorySubscriptions,
  memoryTimers,
  startPolicies,
  VirtualClock,
} from "../../actors/internal.ts"
import { startHost } from "../../actors/host/host.ts"
import { createClient, MemoryLog, memoryWire, parseLogSubject } from "../../wire/internal.ts"
import {
  memoryFeed,
  memoryStore,
  startProjections,
  type Store,
} from "../../projections/internal.ts"
import { natsCaller } from "./caller.ts"
import { check } from "./checker.ts"
import type { Logged, Shown } from "./history.ts"
import { Load } from "./load.ts"
import { until } from "../../app/development/chaos/until.ts"
import { Accounts, vault, views } from "./vault.ts"
import type { Verdict } from "./verdict.ts"
import { loggedCommit } from "./chains.ts"

/** How the system is changed. */
export interface RehearsalOptions {
  readonly seed: number
  /** The journal of one host, made from a correct one. */
  readonly journal?: (journal: Journal, log: MemoryLog) => Journal
  readonly store?: (store: Store) => Store
}

/** The verdict, and how much there was to check. */
export interface Rehearsal {
  readonly verdict: Verdict
  readonly accepted: number
  readonly rejected: number
}

const SETTLE_MS = 3_000
const SIZE = { shared: 8, careful: 4, restMs: 1, most: 600 }

/** The log does not record what an append expected; the last ancestor of a commit is the same. */
const logOf = (log: MemoryLog): Logged[] =>
  vault.contexts.flatMap((context) =>
    log.stream(context).messages.map(({ subject, sequence, payload }) => {
      const commit = loggedCommit(payload, sequence)
      const expected = commit.ancestors.at(-1) ?? 0
      return { context, ...parseLogSubject(subject), expected, commit }
    })
  )

const viewsOf = (store: Store, log: readonly Logged[]): Promise<Shown[]> =>
  Promise.all(views.map(async (projection): Promise<Shown> => {
    const ids = log.filter(({ name }) => name === Accounts.name).map(({ id }) => id)
    const amounts = log.flatMap(({ commit }) =>
      commit.events.map(({ data }) => `of-${(data as { readonly amount?: number }).amount}`)
    )
    const keys = [...new Set([...ids, ...amounts])]
    const { rows } = await store.load(await store.serving(projection.name), keys)
    return { projection, rows: [...rows.values()] }
  }))

const start = async (log: MemoryLog, { journal: wrap, ...options }: RehearsalOptions) => {
  const [wire, clock] = [memoryWire(), new VirtualClock()]
  const { actors, policies, projections } = vault
  const hosts = [1, 2].map(() => {
    const right = memoryJournal(log)
    const journal = wrap?.(right, log) ?? right
    return startHost({ actors, wire, journal, snapshots: memorySnapshots() })
  })
  const store = memoryStore()
  const wrapped = options.store?.(store) ?? store
  const client = createClient(wire)
  const running = [
    ...hosts,
    await startPolicies({
      policies,
      client,
      subscriptions: memorySubscriptions(log),
      timers: memoryTimers(clock),
      parking: memoryParking(),
    }),
    startProjections({ projections, feed: memoryFeed(log), store: wrapped, wire }),
  ]
  const stop = async () => {
    for (const each of running.reverse()) await each.stop()
    clock.stop()
    await wire.close()
  }
  return { client, store, stop }
}

const hasSettled = (log: MemoryLog, store: Store) => async (): Promise<boolean> => {
  const events = vault.contexts.map((context) =>
    logOf(log).filter((logged) => logged.context === context)
      .reduce((sum, { commit }) => sum + commit.events.length, 0)
  )
  if (new Set(events).size > 1) return false
  const { last } = await memoryFeed(log).stream(Accounts.context)
  const servings = vault.projections.map(async ({ name }) => await store.serving(name))
  return (await Promise.all(servings)).every(({ lanes }) =>
    lanes.every(({ positions }) => (positions[Accounts.context] ?? 0) >= last)
  )
}

/** Runs the load on the system in memory, and checks the result. */
export const rehearse = async (options: RehearsalOptions): Promise<Rehearsal> => {
  const log = new MemoryLog()
  const { client, store, stop } = await start(log, options)
  try {
    const load = new Load({ ...SIZE, callers: [natsCaller(client)], seed: options.seed })
    await load.ended()
    const settled = until("the rehearsal has settled", hasSettled(log, store), SETTLE_MS)
    // The checker will find what has not settled by then.
    await settled.catch(() => {})
    const logged = logOf(log)
    const views = await viewsOf(store, logged)
    const { asked } = load
    const counted = (type: string) => asked.filter(({ outcome }) => outcome.type === type).length
    return {
      verdict: check({ asked, log: logged, views, replicas: [], ownership: [] }),
      accepted: counted("accepted"),
      rejected: counted("rejected"),
    }
  } finally {
    await stop()
  }
}
