/** A chaos run of a user's application: its simulation's calls and laws, on three real servers. */
import { resolve } from "node:path"
import { waitingTimers } from "../../../actors/internal.ts"
import type { AppDefinition } from "../../../app/internal.ts"
import { loadSimulation } from "../../../cli/simulate/simulation-module.ts"
import { messageOf } from "../../../contracts/internal.ts"
import {
  driftedOf,
  isRaw,
  natsFeed,
  postgresStore,
  reconcile,
} from "../../../projections/internal.ts"
import { findingsIn } from "../../../simulation/fixtures/history.ts"
import type { Scenario } from "../../../simulation/run.ts"
import { createClient, type RecordedEvent, recordedEvents } from "../../../wire/internal.ts"
import { readLog } from "../evidence.ts"
import { injectAll } from "../injection.ts"
import { planOf } from "../plan.ts"
import { type RunOptions, settle } from "../run.ts"
import { type Stand, startStand } from "../stand.ts"
import { answeredApp } from "./answered-app.ts"
import { type AppAsked, AppLoad } from "./app-load.ts"
import { ObservedWorld } from "./observed-world.ts"

/** The result of a run. */
export interface AppRun {
  readonly seed: number
  readonly asked: number
  readonly accepted: number
  readonly rejected: number
  readonly events: number
  readonly faults: number
  /** Timers that still wait. With some, nothing is at rest, and `atRest` is not checked. */
  readonly waitingTimers: number
  /** Sentences about what is wrong. */
  readonly findings: readonly string[]
}

/** All events, in the order of their time; those of one context in that of its log. */
const eventsOf = async (stand: Stand, app: AppDefinition): Promise<readonly RecordedEvent[]> => {
  const contracts = new Map(app.actors.map(({ contract }) => [contract.name, contract]))
  const logs = await Promise.all(app.contexts.map((context) => readLog(stand, context)))
  return logs.flat()
    .flatMap(({ name, id, commit }) => recordedEvents(contracts.get(name)!, id, commit))
    .toSorted(({ meta: one }, { meta: other }) => one.time.getTime() - other.time.getTime())
}

const broken = (law: string, claim: (() => void) | undefined): string[] => {
  try {
    claim?.()
    return []
  } catch (error) {
    return [`${law}: ${messageOf(error)}`]
  }
}

/** Goes through the history; `always` must hold after each event, as in a simulation. */
const replay = ({ app, always }: Scenario, events: readonly RecordedEvent[]) => {
  const world = new ObservedWorld(app)
  const findings: string[] = []
  for (const recorded of events) {
    world.see(recorded)
    const found = broken("always", always && (() => always(world)))
    if (found.length === 0) continue
    findings.push(`${found[0]}, after ${recorded.event.type} at ${recorded.meta.position}`)
    break
  }
  return { world, findings }
}

/** What the views of Postgres hold that their log does not give. */
const driftIn = async (stand: Stand, app: AppDefinition): Promise<readonly string[]> => {
  const { postgres: { url: databaseUrl }, wires: { observer: wire } } = stand
  const store = postgresStore(databaseUrl)
  const findings: string[] = []
  try {
    for (const projection of app.projections) {
      if (isRaw(projection)) continue
      const given = { projection, feed: natsFeed(wire), store, wire, databaseUrl }
      const { counts, close } = await reconcile({ ...given, progress: () => {} })
      await close()
      const drifted = driftedOf(counts)
      if (drifted > 0) findings.push(`${drifted} rows of ${projection.name} differ from the log`)
    }
    return findings
  } finally {
    await store.close()
  }
}

/** Whether the runtime as the model has it can have made this history. */
const modelFindings = async (
  app: AppDefinition,
  events: readonly RecordedEvent[],
  asked: readonly AppAsked[],
  world: ObservedWorld,
): Promise<readonly string[]> => {
  const known = asked.flatMap(({ ask: { contract, id, command }, commandId, answer }) =>
    answer ? [{ name: contract.name, id, command, commandId, answer }] : []
  )
  const rows = world.plainRows()
  const found = await findingsIn(app, {
    ...{ events, asked: known, rows, end: Date.now() - SOON_MS, handledOnce: false },
  })
  return found.map((sentence) => `model: ${sentence}`)
}

/** A timer that was due just now may not have fired yet. */
const SOON_MS = 10_000
const TIMERS = 1_000

const timersIn = async ({ wires }: Stand, app: AppDefinition): Promise<number> => {
  const contexts = [...new Set(app.policies.map(({ context }) => context))]
  const found = await Promise.all(
    contexts.map((context) => waitingTimers(wires.observer, context, TIMERS)),
  )
  return found.reduce((sum, { count }) => sum + count, 0)
}

const perform = async (stand: Stand, scenario: Scenario, options: RunOptions): Promise<AppRun> => {
  const { seed, seconds, report = () => {} } = options
  const { knowing, plain } = stand.wires
  const { knownNodes: routes } = stand
  const clients = [
    ...knowing.map((wire) => createClient(wire, { routes })),
    ...plain.map((wire) => createClient(wire)),
  ]
  const beganMs = performance.now()
  const load = new AppLoad(scenario, clients, seed)
  const injecting = injectAll(stand, planOf(options), beganMs, report)
  const leftMs = beganMs + seconds * 1_000 - performance.now()
  await new Promise((resolve) => setTimeout(resolve, leftMs))
  const injected = await injecting
  await load.stop()
  report("the load has ended")
  await settle(stand, report)
  const open = await load.askAgain()
  if (open > 0) await settle(stand, report)
  const { app } = stand
  const events = await eventsOf(stand, app)
  const { world, findings } = replay({ ...scenario, app }, events)
  const waiting = await timersIn(stand, app)
  const { atRest } = scenario
  const { asked } = load
  const unknown = asked.filter(({ answer }) => answer === undefined).length
  return {
    seed,
    asked: asked.length,
    accepted: asked.filter(({ answer }) => answer?.kind === "accepted").length,
    rejected: asked.filter(({ answer }) => answer?.kind === "rejection").length,
    events: events.length,
    faults: injected.length,
    waitingTimers: waiting,
    findings: [
      ...findings,
      ...waiting === 0 && atRest ? broken("atRest", () => atRest(world)) : [],
      ...unknown > 0 ? [`${unknown} commands have no answer after everything was healed`] : [],
      ...await driftIn(stand, app),
      ...await modelFindings(app, events, asked, world),
    ],
  }
}

/** Runs the simulation of a module on real servers; leaves nothing running, however it ends. */
export const runAppChaos = async (module: string, options: RunOptions): Promise<AppRun> => {
  const { simulation: { scenario }, module: path } = await loadSimulation(module, undefined)
  const app = answeredApp(scenario)
  const system = { app, role: "app/app-role.ts", environment: { CHAOS_APP: resolve(path) } }
  const afterwards: (() => Promise<void>)[] = []
  try {
    const stand = await startStand({ after: (work) => void afterwards.push(work) }, system)
    options.report?.("everything runs")
    return await perform(stand, scenario, options)
  } finally {
    for (const work of afterwards.reverse()) await work()
  }
}
