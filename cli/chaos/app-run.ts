/** A chaos run of an application: its simulation's calls and laws, on real servers. */
import { randomBytes } from "node:crypto"
import { resolve } from "node:path"
import process from "node:process"
import { setTimeout as pause } from "node:timers/promises"
import { waitingTimers } from "../../actors/internal.ts"
import {
  type AppDefinition,
  type ChaosOptions,
  injectAll,
  onStand,
  planOf,
  readLog,
  settle,
  type Stand,
} from "../../app/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { driftedOf, isRaw, natsFeed, postgresStore, reconcile } from "../../projections/internal.ts"
import { findingsIn, type Scenario } from "../../simulation/internal.ts"
import {
  createClient,
  principalSeals,
  type RecordedEvent,
  recordedEvents,
} from "../../wire/internal.ts"
import { packageOf } from "../module/find-module.ts"
import type { LoadedSimulation } from "../simulate/simulation-module.ts"
import { answeredApp } from "./answered-app.ts"
import { type AppAsked, AppLoad } from "./app-load.ts"
import { hurriedApp } from "./hurried-app.ts"
import { CHAOS } from "./limits.ts"
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
  /** Whether `atRest` was checked: the simulation has it, and no timer waits. */
  readonly atRest: boolean
  /** Sentences about what is wrong. */
  readonly findings: readonly string[]
}

/** All events, in the order of their time; those of one context in that of its log. */
const eventsOf = async (stand: Stand, app: AppDefinition): Promise<readonly RecordedEvent[]> => {
  const contracts = new Map(app.actors.map(({ contract }) => [contract.name, contract]))
  const { observer } = stand.wires
  const logs = await Promise.all(app.contexts.map((context) => readLog(observer, context)))
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
    ...{ events, asked: known, rows, end: Date.now() - CHAOS.soonMs, handledOnce: false },
  })
  return found.map((sentence) => `model: ${sentence}`)
}

const timersIn = async ({ wires }: Stand, app: AppDefinition): Promise<number> => {
  const contexts = [...new Set(app.policies.map(({ context }) => context))]
  const found = await Promise.all(
    contexts.map((context) => waitingTimers(wires.observer, context, 1)),
  )
  return found.reduce((sum, { count }) => sum + count, 0)
}

/** Waits until timers have fired and all has settled; resolves to how many timers still wait. */
const toRest = async (
  stand: Stand,
  hurryMs: number | undefined,
  report: (what: string) => void,
): Promise<number> => {
  await settle(stand, report)
  const { app } = stand
  let waiting = await timersIn(stand, app)
  // A timer can set the next one, each of which fires within this time.
  for (let round = 0; hurryMs !== undefined && waiting > 0 && round < CHAOS.rounds; round++) {
    const end = performance.now() + hurryMs + CHAOS.timersMs
    while (waiting > 0 && performance.now() < end) {
      await pause(CHAOS.lookMs, undefined, { signal: stand.signal })
      waiting = await timersIn(stand, app)
    }
    await settle(stand, report)
    waiting = await timersIn(stand, app)
  }
  return waiting
}

/** What is wrong in a history: with the laws, the views, or the runtime. */
const judge = async (
  stand: Stand,
  scenario: Scenario,
  asked: readonly AppAsked[],
  waiting: number,
): Promise<Pick<AppRun, "events" | "atRest" | "findings">> => {
  const { app } = stand
  const events = await eventsOf(stand, app)
  const { world, findings } = replay({ ...scenario, app }, events)
  const atRest = waiting === 0 ? scenario.atRest : undefined
  const unknown = asked.filter(({ answer }) => answer === undefined).length
  return {
    events: events.length,
    atRest: atRest !== undefined,
    findings: [
      ...findings,
      ...broken("atRest", atRest && (() => atRest(world))),
      ...unknown > 0 ? [`${unknown} commands have no answer after everything was healed`] : [],
      ...await driftIn(stand, app),
      ...await modelFindings(app, events, asked, world),
    ],
  }
}

const perform = async (stand: Stand, scenario: Scenario, options: AppRunOptions) => {
  const { seed, seconds, hurryMs, keys, report = () => {} } = options
  const { knowing, plain } = stand.wires
  const { knownNodes: routes } = stand
  const asSystem = keys === undefined ? {} : { seals: principalSeals([keys]), asSystem: true }
  const clients = [
    ...knowing.map((wire) => createClient(wire, { routes, ...asSystem })),
    ...plain.map((wire) => createClient(wire, asSystem)),
  ]
  const beganMs = performance.now()
  const { signal } = stand
  const load = new AppLoad(scenario, clients, seed, signal)
  const [injected] = await load.during(Promise.all([
    injectAll(stand, planOf(options), beganMs, report),
    pause(seconds * 1_000, undefined, { signal }),
  ]))
  await load.stop()
  report("the load has ended")
  let waiting = await toRest(stand, hurryMs, report)
  if (await load.askAgain() > 0) waiting = await toRest(stand, hurryMs, report)
  const { asked } = load
  const counted = (kind: string) => asked.filter(({ answer }) => answer?.kind === kind).length
  return {
    seed,
    asked: asked.length,
    accepted: counted("accepted"),
    rejected: counted("rejection"),
    faults: injected.length,
    waitingTimers: waiting,
    ...await judge(stand, scenario, asked, waiting),
  }
}

/** How a run is made. */
export interface AppRunOptions extends ChaosOptions {
  /** The longest that a timer waits, in milliseconds; by default as long as the policy says. */
  readonly hurryMs?: number | undefined
  /** The key that processes trust each other by, where the application has users. */
  readonly keys?: string | undefined
}

/** The application of a scenario as it runs on servers. */
export const chaosApp = (scenario: Scenario, hurryMs: number | undefined): AppDefinition => {
  const app = answeredApp(scenario)
  return hurryMs === undefined ? app : hurriedApp(app, hurryMs)
}

/** Runs a simulation on real servers; leaves nothing running, however it ends. */
export const runAppChaos = async (
  { simulation: { scenario }, module }: LoadedSimulation,
  options: AppRunOptions,
): Promise<AppRun> => {
  const path = resolve(module)
  const app = chaosApp(scenario, options.hurryMs)
  const keys = app.users ? randomBytes(32).toString("base64url") : undefined
  const system = {
    app,
    role: new URL("./role.ts", import.meta.url),
    environment: {
      CHAOS_APP: path,
      CHAOS_HURRY_MS: options.hurryMs === undefined ? "" : String(options.hurryMs),
      ...keys === undefined ? {} : { LEFTFOLD_PRINCIPAL_KEYS: keys },
    },
    packages: [await packageOf(path), process.cwd()],
  }
  const own = { ...options, keys }
  return await onStand(system, options, (stand) => perform(stand, scenario, own))
}
