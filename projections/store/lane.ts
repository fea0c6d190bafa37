/** A lane: the rows of a generation whose keys are in some slices, with a checkpoint of its own. */
import type { Positions } from "../../contracts/internal.ts"
import { sliceOf, SLICES } from "../../wire/internal.ts"

/** Slices from `from` up to but not including `to`. */
export interface SliceRange {
  readonly from: number
  readonly to: number
}

/**
 * Slices that are further than their lane, because another lane folded them before it took them
 * over.
 */
export interface Ahead extends SliceRange {
  readonly positions: Positions
}

/** How far a lane is, and the revision that guards it against a second writer. */
export interface Lane extends SliceRange {
  /** Which lane of its generation it is, from 0. */
  readonly lane: number
  /** Rises with each save and never repeats; a save that names an older one is refused. */
  readonly revision: number
  readonly positions: Positions
  /** For each context, when the stream that the position refers to was created. */
  readonly created: { readonly [context: string]: string }
  readonly ahead: readonly Ahead[]
}

/** The parts of a lane that change when it is saved. */
export type Reached = Pick<Lane, "positions" | "created" | "ahead">

/** A lane before anything was folded into it. */
const emptyLane = { revision: 0, positions: {}, created: {}, ahead: [] }

/** Distributes the slices over `count` lanes; the first lanes can have one more than the last. */
const rangesOf = (count: number): SliceRange[] =>
  Array.from({ length: count }, (_, index) => ({
    from: Math.ceil(SLICES * index / count),
    to: Math.ceil(SLICES * (index + 1) / count),
  }))

/** `count` lanes for all slices, at the beginning of the log. */
export const newLanes = (count: number): Lane[] =>
  rangesOf(count).map((range, lane) => ({ ...emptyLane, ...range, lane }))

/** Whether a lane has the row of this key. */
export const owns = ({ from, to }: SliceRange, key: string): boolean => {
  const slice = sliceOf(key)
  return slice >= from && slice < to
}

const isPast = (positions: Positions, context: string, sequence: number): boolean =>
  (positions[context] ?? 0) >= sequence

/** Whether a message is already in the rows of this slice, which must be one of the lane's. */
export const hasFolded = (
  { positions, ahead }: Pick<Lane, "positions" | "ahead">,
  slice: number,
  context: string,
  sequence: number,
): boolean =>
  isPast(positions, context, sequence) ||
  ahead.some((part) =>
    slice >= part.from && slice < part.to && isPast(part.positions, context, sequence)
  )

/** For each context, the position that all of these have reached. */
export const leastOf = (all: readonly Positions[]): Positions => {
  const contexts = new Set(all.flatMap((positions) => Object.keys(positions)))
  const least = (context: string) =>
    Math.min(...all.map((positions) => Object.hasOwn(positions, context) ? positions[context]! : 0))
  return Object.fromEntries([...contexts].map((context) => [context, least(context)]))
}

/** Whether these positions are at least as far as the others. */
export const reaches = (positions: Positions, last: Positions): boolean =>
  Object.entries(last).every(([context, sequence]) => isPast(positions, context, sequence))

/** For each context, the further of two positions. */
export const furtherOf = (one: Positions, other: Positions): Positions => {
  const further: Record<string, number> = { ...one }
  for (const [context, sequence] of Object.entries(other)) {
    further[context] = Math.max(further[context] ?? 0, sequence)
  }
  return further
}

/** Whether these positions are further than the others in any context. */
export const isFurther = (positions: Positions, than: Positions): boolean =>
  Object.entries(positions).some(([context, sequence]) => sequence > (than[context] ?? 0))

/** The slices that are still further than these positions; the lane has passed the others. */
export const stillAhead = (ahead: readonly Ahead[], positions: Positions): readonly Ahead[] =>
  ahead.length === 0 ? ahead : ahead.filter((part) => isFurther(part.positions, positions))

/** How far each part of a lane is, in as few parts as possible. */
const partsOf = ({ from, to, positions, ahead }: Lane): Ahead[] => {
  const cuts = new Set([from, to, ...ahead.flatMap((part) => [part.from, part.to])])
  const edges = [...cuts].filter((cut) => cut >= from && cut <= to).sort((a, b) => a - b)
  return edges.slice(1).map((end, index) => {
    const begin = edges[index]!
    const over = ahead.filter((part) => part.from <= begin && part.to >= end)
    return {
      from: begin,
      to: end,
      positions: over.map((part) => part.positions).reduce(furtherOf, positions),
    }
  })
}

/**
 * Other lanes for the same rows. Each starts at the position of its slice that is least far; slices
 * that are further are recorded, so that no event is folded twice. Their revisions are higher than
 * all before, so a worker that still holds an earlier lane can no longer save.
 */
export const repartition = (lanes: readonly Lane[], count: number): Lane[] => {
  const revision = Math.max(...lanes.map((lane) => lane.revision)) + 1
  const created = Object.assign({}, ...lanes.map((lane) => lane.created))
  const parts = lanes.flatMap(partsOf)
  return rangesOf(count).map(({ from, to }, lane) => {
    const within = parts.filter((part) => part.from < to && part.to > from).map((part) => ({
      from: Math.max(part.from, from),
      to: Math.min(part.to, to),
      positions: part.positions,
    }))
    const positions = leastOf(within.map((part) => part.positions))
    return { lane, from, to, revision, positions, created, ahead: stillAhead(within, positions) }
  })
}
