/** A generation: the table of a projection, folded from the log by one version of the program. */
import type { Column } from "../column.ts"
import { type Lane, leastOf } from "./lane.ts"
import type { Positions } from "../../contracts/internal.ts"
import { hosted, type Member } from "./membership.ts"

/**
 * What becomes of a generation: it is folded while nobody reads it (`building`), it is the one that
 * queries read (`serving`), it was that one and can be again (`previous`), or it was that one and
 * people went back from it (`refused`).
 */
export type GenerationState = "building" | "serving" | "previous" | "refused"

/** Where rows are kept, and what they look like there. */
export interface Table {
  /** Its name with its schema, as SQL takes it. */
  readonly table: string
  readonly columns: readonly Column[]
  readonly keyColumn: string
}

/** A table of a raw projection. */
export interface OwnTable {
  /** As its author calls it. */
  readonly name: string
  /** Its name with its schema, as SQL takes it. */
  readonly table: string
}

/** One generation of a projection. */
export interface Generation extends Table {
  /** The tables of a raw projection, which has no other; none of one that folds rows. */
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
  /** How many events wait behind them, those that failed included. */
  readonly parkedEvents: number
}

/** Whether workers of its version fold it. */
export const isFolded = ({ state }: Pick<Generation, "state">): boolean =>
  state === "building" || state === "serving"

/** How far all of its rows are. */
export const positionsOf = ({ lanes }: Pick<GenerationStatus, "lanes">): Positions =>
  leastOf(lanes.map(({ positions }) => positions))

/** A name of a generation for people: `orders.order-list generation 3`. */
export const nameOf = ({ projection, number }: Pick<Generation, "projection" | "number">): string =>
  `${projection} generation ${number}`

/**
 * The generation that a program of this version is to fold when it starts: one that it folds
 * already, or else the last one that served before. None when its version was refused, or when it
 * has none.
 */
export const resumable = <G extends Generation>(
  generations: readonly G[],
  version: string,
): G | undefined => {
  const own = generations.filter((generation) => generation.version === version)
  return own.findLast(isFolded) ?? own.findLast(({ state }) => state === "previous")
}

/** Those that serve no more, and those that are built while no worker is alive that builds them. */
export const droppable = <G extends Generation>(
  generations: readonly G[],
  alive: readonly Member[],
): readonly G[] =>
  generations.filter(({ projection, version, state }) =>
    state === "building"
      ? !alive.some(({ hosts }) => hosts.includes(hosted(projection, version)))
      : state !== "serving"
  )

/** The table of a generation, or of a raw projection's the one that its author calls like this. */
export const tableOf = (generation: Generation, name?: string): string => {
  if (name === undefined && generation.tables.length === 0) return generation.table
  const found = generation.tables.find((each) => each.name === name)
  if (found) return found.table
  throw new TypeError(`${nameOf(generation)} has no table "${name}"`)
}
