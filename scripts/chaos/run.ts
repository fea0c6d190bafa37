/**
 * One chaos run: starts the stand, loads it, injects faults, heals them, lets it settle and checks.
 */
import { setTimeout as pause } from "node:timers/promises"
import { createClient } from "../../wire/internal.ts"
import { injectAll, type Injected } from "../../app/development/chaos/injection.ts"
import { readLog } from "../../app/development/chaos/log-nats.ts"
import { planOf, type RunOptions } from "../../app/development/chaos/plan.ts"
import { settle } from "../../app/development/chaos/settle-nats.ts"
import { onStand, type Stand, type System } from "../../app/development/chaos/stand.ts"
import { httpCaller, natsCaller } from "./caller.ts"
import { loggedCommit } from "./chains.ts"
import { check } from "./checker.ts"
import { readOwnership, readReplicas, readView } from "./evidence.ts"
import type { History } from "./history.ts"
import { LOAD, Load } from "./load.ts"
import { type Summary, summaryOf } from "./summary.ts"
import { vault, views } from "./vault.ts"
import type { Verdict } from "./verdict.ts"

/** The result of a run. */
export interface Run {
  readonly summary: Summary
  readonly verdict: Verdict
  /** What was asked and what the log holds, to investigate findings. */
  readonly history: Pick<History, "asked" | "log">
  readonly injected: readonly Injected[]
}

const callersOf = ({ wires: { knowing, plain }, knownNodes, gatewayUrl }: Stand) => [
  ...knowing.map((wire) => natsCaller(createClient(wire, { routes: knownNodes }))),
  ...plain.map((wire) => natsCaller(createClient(wire))),
  httpCaller(gatewayUrl),
]

const historyOf = async (stand: Stand, load: Load): Promise<History> => {
  const { observer } = stand.wires
  const logs = await Promise.all(
    vault.contexts.map((context) => readLog(observer, context, loggedCommit)),
  )
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
  const [injected] = await Promise.all([
    injectAll(stand, planOf(options), load.beganMs, report),
    pause(seconds * 1_000, undefined, { signal: stand.signal }),
  ]).finally(() => load.stop())
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

const VAULT: System = {
  app: vault,
  role: new URL("./role.ts", import.meta.url),
  environment: {},
}

/** Runs; leaves nothing running, however it ends. */
export const runChaos = (options: RunOptions): Promise<Run> =>
  onStand(VAULT, options, (stand) => perform(stand, options))
