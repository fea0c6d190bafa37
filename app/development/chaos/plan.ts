/** A plan: which faults to inject and when, drawn from a seed. Pure. */
import { MEMBERSHIP } from "../../../actors/internal.ts"
import { type Random, randomOf } from "./random.ts"

/** What can be hurt. */
export const TARGETS = ["node", "worker", "nats", "postgres"] as const

/** One kind of process. */
export type Target = typeof TARGETS[number]

/** What can be done to it. `restart` asks it to end, as for an upgrade; `cut` cuts its routes. */
export type Deed = typeof ALL_DEEDS[number]

/** Everything that can be done. */
export const ALL_DEEDS = ["kill", "pause", "restart", "cut"] as const

/** One fault. Times are milliseconds from the beginning of the load. */
export interface Planned {
  readonly atMs: number
  readonly target: Target
  readonly deed: Deed
  /** How long it stays down or suspended. */
  readonly holdMs: number
  /** The number of the process among its kind. For NATS servers, a leader is preferred. */
  readonly which: number
  readonly leader: boolean
}

/** What a plan is drawn from. */
export interface PlanOptions {
  readonly seed: number
  readonly seconds: number
  /** Only these are hurt; all by default, nothing if the list is empty. */
  readonly targets?: readonly Target[]
  /** Only these deeds; all possible ones by default. */
  readonly deeds?: readonly Deed[] | undefined
}

/** What a run is made from. */
export interface RunOptions extends PlanOptions {
  /** Gets a line for each step. */
  readonly report?: (what: string) => void
  /** Ends the run when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** The time before the first fault, and after the last one, during which the load runs. */
const QUIET_MS = 2_000
const END_MS = 4_000

const DEEDS: Readonly<Record<Target, readonly Deed[]>> = {
  node: ["kill", "kill", "pause", "pause", "restart"],
  worker: ["kill", "kill", "pause", "restart"],
  nats: ["kill", "kill", "pause", "restart", "cut"],
  // Not paused: its sessions are processes of their own, which a pause would not reach.
  postgres: ["kill", "restart"],
}

const LIKELY: readonly Target[] = ["node", "node", "node", "worker", "worker", "nats", "nats"]

/**
 * A paused process must be given up by the others before it resumes. After a server is cut off, the
 * others take four seconds and more to elect a leader.
 */
const holdOf = (random: Random, deed: Deed): number => {
  if (deed === "pause") return random.between(MEMBERSHIP.ttlMs + 700, 2 * MEMBERSHIP.ttlMs)
  return deed === "cut" ? random.between(5_000, 8_000) : random.between(300, 2_500)
}

const deedsTo = (target: Target, deeds: readonly Deed[]): Deed[] =>
  DEEDS[target].filter((each) => deeds.includes(each))

const draw = (
  random: Random,
  target: Target,
  atMs: number,
  deeds: readonly Deed[],
): Planned => {
  const deed = random.pick(deedsTo(target, deeds))
  return {
    atMs,
    target,
    deed,
    holdMs: holdOf(random, deed),
    which: random.between(0, 5),
    leader: random.happens(0.7),
  }
}

const shuffled = <T>(random: Random, things: readonly T[]): T[] =>
  things.map((thing) => ({ thing, place: random.next() }))
    .sort((one, other) => one.place - other.place).map(({ thing }) => thing)

/**
 * Draws a plan. Faults can overlap, but not two of one target: two NATS servers of three are not
 * enough, and two faults of the same kind would hide each other. Every target is hurt once before
 * any is hurt again.
 */
export const planOf = (options: PlanOptions): Planned[] => {
  const { seed, seconds, deeds = ALL_DEEDS } = options
  const targets = (options.targets ?? TARGETS).filter((each) => deedsTo(each, deeds).length > 0)
  const random = randomOf(seed)
  const drawn = [...LIKELY, ...TARGETS].filter((target) => targets.includes(target))
  const first = shuffled(random, targets)
  const plan: Planned[] = []
  const freeAt = new Map<Target, number>()
  let atMs = QUIET_MS
  while (drawn.length > 0) {
    atMs += random.between(1_000, 4_500)
    const planned = draw(random, first[0] ?? random.pick(drawn), atMs, deeds)
    if (planned.atMs + planned.holdMs + END_MS > seconds * 1_000) return plan
    if ((freeAt.get(planned.target) ?? 0) > atMs) continue
    // Time to recover: a server that loses its peers again before that has not caught up.
    freeAt.set(planned.target, atMs + planned.holdMs + (planned.target === "nats" ? 6_000 : 1_500))
    plan.push(planned)
    first.shift()
  }
  return plan
}
