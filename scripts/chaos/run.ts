/**
 * One chaos run: starts the stand, loads it, injects faults, heals them, lets it settle and checks.
 */
import { jetstreamManager } from "@nats-io/jetstream"
import { createClient, durableName, policySubscription, streamName } from "../../wire/internal.ts"
import { natsFeed, postgresStore } from "../../projections/internal.ts"
import { httpCaller, natsCaller } from "./caller.ts"
import { check } from "./checker.ts"
import { readLog, readOwnership, readReplicas, readView } from "./evidence.ts"
import type { History } from "./history.ts"
import { injectAll, type Injected } from "./injection.ts"
import { LOAD, Load } from "./load.ts"
import { type Deed, planOf, type Target } from "./plan.ts"
import { type Stand, startStand } from "./stand.ts"
import { type Summary, summaryOf } from "./summary.ts"
import { until } from "./until.ts"
import { vault, views } from "./vault.ts"
import type { Verdict } from "./verdict.ts"

/** The options of a run. */
export interface RunOptions {
  readonly seed: number
  readonly seconds: number
  /** Only these are hurt; all by default, nothing if the list is empty. */
  readonly targets?: readonly Target[]
  /** Only these deeds; all possible ones by default. */
  readonly deeds?: readonly Deed[] | undefined
  /** Gets a line for each step. */
  readonly report?: (what: string) => void
}

/** The result of a run. */
export interface Run {
  readonly summary: Summary
  readonly verdict: Verdict
  /** What was asked and what the log holds, to investigate findings. */
  readonly history: Pick<History, "asked" | "log">
  readonly injected: readonly Injected[]
}

/** How long views, policies and replicas can take to settle, in milliseconds. */
const SETTLE_MS = 90_000

const callersOf = ({ wires: { knowing, plain }, knownNodes, gatewayUrl }: Stand) => [
  ...knowing.map((wire) => natsCaller(createClient(wire, { routes: knownNodes }))),
  ...plain.map((wire) => natsCaller(createClient(wire))),
  httpCaller(gatewayUrl),
]

const viewsReached = async ({ app, postgres, wires }: Stand): Promise<boolean> => {
  const store = postgresStore(postgres.url)
  const feed = natsFeed(wires.observer)
  try {
    for (const { name, from } of app.projections) {
      const { lanes } = await store.serving(name)
      for (const context of new Set(from.map(({ context }) => context))) {
        const { last } = await feed.stream(context)
        if (lanes.some(({ positions }) => (positions[context] ?? 0) < last)) return false
      }
    }
    return true
  } finally {
    await store.close()
  }
}

/** Asks the server: reading the logs would keep this process from forwarding the routes. */
const policiesDone = async ({ app, wires }: Stand): Promise<boolean> => {
  const { consumers } = await jetstreamManager(wires.observer.connection)
  for (const { identity, from } of app.policies) {
    for (const { context } of from) {
      const consumer = durableName(policySubscription(identity))
      const { num_pending, num_ack_pending } = await consumers.info(streamName(context), consumer)
      if (num_pending + num_ack_pending > 0) return false
    }
  }
  return true
}

const replicasAgree = async ({ app, wires }: Stand): Promise<boolean> => {
  const { streams } = await jetstreamManager(wires.observer.connection)
  const infos = await Promise.all(app.contexts.map((each) => streams.info(streamName(each))))
  return infos.every(({ cluster }) =>
    cluster?.leader !== undefined &&
    (cluster.replicas ?? []).every(({ current, lag = 0 }) => current && lag === 0)
  )
}

/** Waits until everything has settled; the checker will find what has not. */
export const settle = async (stand: Stand, report: (what: string) => void): Promise<void> => {
  const { parts, knownNodes } = stand
  const quietly = (isSo: () => Promise<boolean>) => () => isSo().catch(() => false)
  const wanted = [
    ["three nodes", () => knownNodes.nodes.length === parts.node.length],
    ["replicas agree", quietly(() => replicasAgree(stand))],
    ["views are up to date", quietly(() => viewsReached(stand))],
    ["policies are done", quietly(() => policiesDone(stand))],
    ["replicas still agree", quietly(() => replicasAgree(stand))],
  ] as const
  for (const [what, isSo] of wanted) {
    const begunMs = performance.now()
    await until(what, isSo, SETTLE_MS).catch((error: Error) => report(error.message))
    report(`${what} after ${Math.round(performance.now() - begunMs)} ms`)
  }
}

const historyOf = async (stand: Stand, load: Load): Promise<History> => {
  const logs = await Promise.all(vault.contexts.map((context) => readLog(stand, context)))
  const shown = await Promise.all(
    views.map((projection) => readView(stand.postgres.url, projection)),
  )
  return {
    asked: load.asked,
    log: logs.flat(),
    views: shown,
    replicas: await readReplicas(stand),
    ownership: await readOwnership(stand.wires.knowing[0]!, stand.knownNodes),
  }
}

const perform = async (stand: Stand, options: RunOptions): Promise<Run> => {
  const { seed, seconds, report = () => {} } = options
  const load = new Load({ ...LOAD, callers: callersOf(stand), seed })
  const injecting = injectAll(stand, planOf(options), load.beganMs, report)
  const leftMs = () => load.beganMs + seconds * 1_000 - performance.now()
  await new Promise((resolve) => setTimeout(resolve, leftMs()))
  const injected = await injecting
  await load.stop()
  report("the load has ended")
  const endedMs = performance.now()
  await settle(stand, report)
  const settledMs = performance.now() - endedMs
  const history = await historyOf(stand, load)
  const verdict = check(history)
  const { asked, log } = history
  const results = { seed, seconds, asked, injected, commits: log.length, settledMs, verdict }
  return { summary: summaryOf(results), verdict, history: { asked, log }, injected }
}

/** Runs; leaves nothing running, however it ends. */
export const runChaos = async (options: RunOptions): Promise<Run> => {
  const afterwards: (() => Promise<void>)[] = []
  try {
    const stand = await startStand({ after: (work) => void afterwards.push(work) })
    options.report?.("everything runs")
    return await perform(stand, options)
  } finally {
    for (const work of afterwards.reverse()) await work()
  }
}
