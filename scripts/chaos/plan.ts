/** A plan: which faults are to be injected and when, drawn from a seed. Pure. */
import { MEMBERSHIP } from "../../actors/internal.ts"
import { type Random, randomOf } from "./random.ts"

/** What can be hurt. */
export const TARGETS = ["node", "worker", "nats", "postgres"] as const

/** One kind of process. */
export type Target = typeof TARGETS[number]

/** What can be done to it: `restart` asks it to end, as for an upgrade; `cut` its routes. */
export type Deed = typeof ALL_DEEDS[number]

/** Everything that can be done. */
export const ALL_DEEDS = ["kill", "pause", "restart", "cut"] as const

/** One fault. Times are milliseconds from the beginning of the load. */
export interface Planned {
  readonly atMs: number
  readonly target: Target
  readonly deed: Deed
  /** How long it is down or stands still. */
  readonly holdMs: number
  /** Which of its kind; of NATS servers, a leader when it is preferred. */
  readonly which: number
  readonly leader: boolean
}

/** What a plan is drawn from. */
export interface PlanOptions {
  readonly seed: number
  readonly seconds: number
  /** Only these are hurt; all unless they are given. */
  readonly targets?: readonly Target[]
  /** Only this is done to them; all that can be unless they are given. */
  readonly deeds?: readonly Deed[] | undefined
}

/** Before the first fault, and how long after the last one the load goes on. */
const QUIET_MS = 2_000
const END_MS = 4_000

const DEEDS: Readonly<Record<Target, readonly Deed[]>> = {
  node: ["kill", "kill", "pause", "pause", "restart"],
  worker: ["kill", "kill", "pause", "restart"],
  nats: ["kill", "kill", "pause", "restart", "cut"],
  // Its sessions are processes of their own, which a pause of the first one would not reach.
  postgres: ["kill", "restart"],
}

const LIKELY: readonly Target[] = ["node", "node", "node", "worker", "worker", "nats", "nats"]

/**
 * Someone who stood still must have been given up by the others before it goes on; those who are
 * left when a server is cut off take four seconds and more to elect another leader.
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
 * Draws a plan. A fault may begin while another one holds, though never two of one target, since
 * two NATS servers of three are not enough and two of the same would hide each other. Every target
 * is hurt once before any is hurt again.
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
    // Time to come back: a server that has lost its peers anew has not caught up by then.
    freeAt.set(planned.target, atMs + planned.holdMs + (planned.target === "nats" ? 6_000 : 1_500))
    plan.push(planned)
    first.shift()
  }
  return plan
}
