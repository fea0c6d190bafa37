/** A flow: what came of a command, as a tree in time, and what is still to come. */
import { Invalid, NotFound, parsePositions } from "../../contracts/internal.ts"
import {
  commitAt,
  type Link,
  linkOf,
  policyOf,
  type ShownCommand,
  type ShownEvent,
} from "./cause.ts"
import { contextsRead, contractsRead } from "../follows/follows.ts"
import type { Insight } from "./insight.ts"
import { FLOW } from "./limits.ts"
import { now, sequenceAt } from "./moment.ts"
import { type LoggedCommit, scan } from "./scan.ts"

/** A timer that waits. */
export interface ShownTimer {
  readonly policy: string
  readonly key: string
  readonly when: string
  readonly asks: { readonly actor: string; readonly id: string; readonly command: string }
}

/** A command with its events, and what they led to. */
export interface FlowStep {
  readonly command: ShownCommand
  readonly actor: string
  readonly id: string
  /** When it was decided. */
  readonly time: string
  /** How long after the event that it follows from, in milliseconds; absent for a first one. */
  readonly afterMs?: number
  readonly events: readonly ShownEvent[]
  /** The commands that followed from its events, oldest first. */
  readonly then: readonly FlowStep[]
  /** The timers that its events have set and that still wait. */
  readonly waiting: readonly ShownTimer[]
}

/** What came of a command. */
export interface Flow {
  readonly correlation: string
  /** From its first to its last event, in milliseconds. */
  readonly tookMs: number
  readonly commands: number
  /** Commands that are not shown, because there are more than a flow shows. */
  readonly leftOut: number
  readonly steps: readonly FlowStep[]
}

/** The question that a flow answers. */
export interface FlowAsked {
  /** A position, such as `orders:17`, or the id of a command or a correlation. */
  readonly of: string
  /** Whether the log may be read whole, where an id does not say where to begin. */
  readonly scan?: boolean | undefined
}

/** The servers' clocks can differ by as much, in milliseconds. */
const SKEW_MS = 10_000

interface Step extends FlowStep {
  readonly then: Step[]
  readonly events: ShownEvent[]
  readonly waiting: ShownTimer[]
  afterMs?: number
}

const keyOf = ({ event, command }: Link): string => `${command.id} ${event.actor} ${event.id}`

const placeText = ({ position, index }: Pick<ShownEvent, "position" | "index">): string =>
  `${position} ${index}`

/** Collects the commands of one correlation, and makes a tree of them. */
class FlowBuilder {
  readonly #steps = new Map<string, Step>()
  readonly #byEvent = new Map<string, Step>()
  readonly #byCommand = new Map<string, Step>()
  #leftOut = 0

  add(link: Link): void {
    const key = keyOf(link)
    const { event, command } = link
    const known = this.#steps.get(key)
    if (!known && this.#steps.size >= FLOW.commands) return void this.#leftOut++
    const step = known ?? {
      ...{ command, actor: event.actor, id: event.id, time: event.time },
      ...{ events: [], then: [], waiting: [] },
    }
    step.events.push(event)
    this.#steps.set(key, step)
    this.#byEvent.set(placeText(event), step)
    if (!this.#byCommand.has(command.id)) this.#byCommand.set(command.id, step)
  }

  addTimer(commandId: string, timer: ShownTimer): void {
    const sender = policyOf(commandId)
    const step = sender && this.#byEvent.get(placeText(sender))
    step?.waiting.push(timer)
  }

  /** The roots, or the steps that a position or the id of a command names, if one is given. */
  build(correlation: string, at: string | undefined): Flow {
    const roots: Step[] = []
    const circular = this.#circular()
    for (const step of this.#steps.values()) {
      const parent = this.#parentOf(step)
      if (!parent || circular.has(step)) {
        roots.push(step)
        continue
      }
      const cause = this.#causeOf(step, parent)
      step.afterMs = Math.max(0, Date.parse(step.time) - Date.parse(cause))
      parent.then.push(step)
    }
    for (const { then } of this.#steps.values()) then.sort(byTime)
    const isAsked = ({ command, events }: Step) =>
      command.id === at || events.some(({ position }) => position === at)
    const steps = at === undefined ? roots.sort(byTime) : [...this.#steps.values()].filter(isAsked)
    const all = steps.flatMap(withFollowing)
    const times = all.flatMap(({ events }) => events.map(({ time }) => Date.parse(time)))
    return {
      correlation,
      tookMs: times.length > 0 ? Math.max(...times) - Math.min(...times) : 0,
      commands: all.length,
      leftOut: this.#leftOut,
      steps,
    }
  }

  #parentOf({ command: { sender, id } }: Step): Step | undefined {
    if (sender.kind === "policy") return this.#byEvent.get(placeText(sender))
    const { causation } = sender
    if (causation === undefined || causation === id) return undefined
    return this.#byCommand.get(causation) ?? this.#byEvent.get(`${causation} 0`)
  }

  /** The steps that are among their own causes: clients name causes as they like. */
  #circular(): ReadonlySet<Step> {
    const circular = new Set<Step>()
    const walked = new Set<Step>()
    for (const first of this.#steps.values()) {
      const path = new Set<Step>()
      let at: Step | undefined = first
      for (; at && !walked.has(at); at = this.#parentOf(at)) {
        walked.add(at)
        path.add(at)
      }
      if (!at || !path.has(at)) continue
      // The walk has come back to its own path: the circle begins there.
      for (const step of [...path].slice([...path].indexOf(at))) circular.add(step)
    }
    return circular
  }

  #causeOf({ command: { sender } }: Step, parent: Step): string {
    const event = sender.kind === "policy" &&
      parent.events.find((each) => placeText(each) === placeText(sender))
    return event ? event.time : parent.time
  }
}

const byTime = (one: FlowStep, other: FlowStep): number =>
  one.time < other.time ? -1 : one.time > other.time ? 1 : 0

/** A step and all that follow from it. A step whose cause follows from it is met once. */
const withFollowing = (step: FlowStep): readonly FlowStep[] => {
  const found = new Set<FlowStep>()
  const left = [step]
  for (let next = left.pop(); next; next = left.pop()) {
    if (found.has(next)) continue
    found.add(next)
    left.push(...next.then)
  }
  return [...found]
}

/** The position that a text is; undefined for an id. */
const positionIn = ({ app }: Insight, text: string) => {
  try {
    const positions = Object.entries(parsePositions(text))
    const [context, sequence] = positions[0]!
    const isOne = positions.length === 1 && contextsRead(app).includes(context)
    return isOne ? { context, sequence } : undefined
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}

const linksOf = (logged: LoggedCommit): readonly Link[] =>
  logged.commit.skipped ? [] : logged.commit.events.map((_, index) => linkOf(logged, index))

/** How far the log was a little before a commit, by context. */
const startAt = async ({ app, feed }: Insight, { commit }: LoggedCommit) => {
  const time = (commit.events[0]?.time ?? 0) - SKEW_MS
  const after: Record<string, number> = {}
  for (const context of contextsRead(app)) after[context] = await sequenceAt(feed, context, time)
  return after
}

/** The correlation of a command with this id in a commit; undefined if it has no such command. */
const correlationIn = ({ commit }: LoggedCommit, commandId: string): string | undefined => {
  const event = commit.events.find(({ command }) => command === commandId)
  return event && (event.correlation ?? event.command)
}

const isOf = ({ commit }: LoggedCommit, wanted: string): boolean =>
  commit.events.some(({ correlation, command }) => (correlation ?? command) === wanted)

/** What is collected. */
interface Collected {
  readonly correlation: string
  /** The commit that is asked about, if a position or the id of a policy's command names it. */
  readonly first: LoggedCommit | undefined
  /** Whether the correlation may be the id of a command. */
  readonly isId: boolean
}

/** Reads the commits of one correlation; resolves to another that the asked id belongs to. */
const collect = async (
  insight: Insight,
  { of, scan: accepted = false }: FlowAsked,
  { correlation, first, isId }: Collected,
  builder: FlowBuilder,
): Promise<string | undefined> => {
  const { app, feed } = insight
  const after = first ? await startAt(insight, first) : {}
  const to = await now(feed, contextsRead(app))
  const contracts = [...contractsRead(app).values()]
  const what = `looking for what came of ${of}`
  for await (const commits of scan({ feed, contracts, after, to, what, accepted })) {
    for (const logged of commits) {
      const other = isId ? correlationIn(logged, correlation) : undefined
      if (other !== undefined && other !== correlation) return other
      if (!isOf(logged, correlation)) continue
      for (const link of linksOf(logged)) {
        if (link.command.correlation === correlation) builder.add(link)
      }
    }
  }
  return undefined
}

/**
 * What came of a command: its events, the commands that policies sent for them, and so on, with
 * durations, and the timers that wait. Commands that stored nothing are not in the log, and so not
 * in the tree. Rejects with `NotFound` if the log has nothing of it, and with `CostlyScan` where
 * much must be read and was not asked for.
 */
export const flow = async (insight: Insight, asked: FlowAsked): Promise<Flow> => {
  const { of } = asked
  const place = positionIn(insight, policyOf(of)?.position ?? of)
  const first = place && await commitAt(insight, place.context, place.sequence)
  const [start] = first ? linksOf(first) : []
  if (first && !start) throw new NotFound({ message: `the commit at ${of} has no events` })
  let correlation = start?.command.correlation ?? of
  let builder = new FlowBuilder()
  const other = await collect(insight, asked, { correlation, first, isId: !first }, builder)
  if (other !== undefined) {
    // Clients choose both ids and correlations, so this one is not taken for an id again.
    correlation = other
    builder = new FlowBuilder()
    await collect(insight, asked, { correlation, first, isId: false }, builder)
  }
  await addTimers(insight, correlation, builder)
  const result = builder.build(correlation, place && of)
  if (result.commands > 0) return result
  throw new NotFound({ message: `the log has no event of the command or correlation ${of}` })
}

const addTimers = async (
  { app, timers }: Insight,
  correlation: string,
  builder: FlowBuilder,
): Promise<void> => {
  const contexts = new Set(app.policies.map(({ context }) => context))
  for (const context of contexts) {
    const waiting = await timers(context, FLOW.timers)
    for (const { policy, key, when, ask } of waiting.timers) {
      if (ask?.correlation !== correlation) continue
      const asks = { actor: ask.name, id: ask.id, command: ask.type }
      builder.addTimer(ask.commandId, { policy, key, when, asks })
    }
  }
}
