/** A generation: the table of a projection, built from the log by one version of it. */
import type { Column } from "../column.ts"
import { type Lane, leastOf } from "./lane.ts"
import type { Positions } from "../../contracts/internal.ts"
import { hosted, type Member } from "./membership.ts"

/**
 * The state of a generation: it is folded and not read yet (`building`), queries read it
 * (`serving`), it served before and can serve again (`previous`), or it served before and was
 * rolled back (`refused`).
 */
export type GenerationState = "building" | "serving" | "previous" | "refused"

/** Where rows are stored, and in which columns. */
export interface Table {
  /** Its name with its schema, as SQL takes it. */
  readonly table: string
  readonly columns: readonly Column[]
  readonly keyColumn: string
}

/** A table of a raw projection. */
export interface OwnTable {
  /** The name that its author gave it. */
  readonly name: string
  /** Its name with its schema, as SQL takes it. */
  readonly table: string
}

/** One generation of a projection. */
export interface Generation extends Table {
  /** The tables of a raw projection, which has no other table; empty for a folded one. */
  readonly tables: readonly OwnTable[]
  readonly projection: string
  /** Counts up within its projection, from 1; never used again. */
  readonly number: number
  /** The version of the projection that folds it. */
  readonly version: string
  readonly state: GenerationState
  readonly made: Date
}

/** A generation and how far it is. */
export interface GenerationStatus extends Generation {
  readonly lanes: readonly Lane[]
  /** How many keys are parked in it. */
  readonly parkedKeys: number
  /** How many events are parked in it, failed ones and those behind them. */
  readonly parkedEvents: number
}

/** Whether workers of its version fold it. */
export const isFolded = ({ state }: Pick<Generation, "state">): boolean =>
  state === "building" || state === "serving"

/** The positions that all of its rows have reached. */
export const positionsOf = ({ lanes }: Pick<GenerationStatus, "lanes">): Positions =>
  leastOf(lanes.map(({ positions }) => positions))

/** A name of a generation for people: `orders.order-list generation 3`. */
export const nameOf = ({ projection, number }: Pick<Generation, "projection" | "number">): string =>
  `${projection} generation ${number}`

/**
 * The generation that a starting program of this version folds: one that is folded already, or else
 * the last one that served before. Undefined if the version was refused or has no generation.
 */
export const resumable = <G extends Generation>(
  generations: readonly G[],
  version: string,
): G | undefined => {
  const own = generations.filter((generation) => generation.version === version)
  return own.findLast(isFolded) ?? own.findLast(({ state }) => state === "previous")
}

/**
 * The generations that no longer serve, and those that are building while no live worker builds
 * them.
 */
export const droppable = <G extends Generation>(
  generations: readonly G[],
  alive: readonly Member[],
): readonly G[] =>
  generations.filter(({ projection, version, state }) =>
    state === "building"
      ? !alive.some(({ hosts }) => hosts.includes(hosted(projection, version)))
      : state !== "serving"
  )

/** The table of a generation; for a raw projection, the table that its author named so. */
export const tableOf = (generation: Generation, name?: string): string => {
  if (name === undefined && generation.tables.length === 0) return generation.table
  const found = generation.tables.find((each) => each.name === name)
  if (found) return found.table
  throw new TypeError(`${nameOf(generation)} has no table "${name}"`)
}
