/** The views of a simulated application: each lane folds the logs in its own time. */
import { isDeepStrictEqual } from "node:util"
import { frozen } from "../../contracts/internal.ts"
import { type RecordedEvent, sliceOf, SLICES } from "../../wire/internal.ts"
import {
  type AnyProjection,
  type FoldedProjection,
  foldEvent,
  isRaw,
  type KnownRow,
  NOTHING,
} from "../../projections/internal.ts"
import { mix, unit } from "../chance.ts"
import { Broken } from "./broken.ts"
import { readable } from "./readable.ts"
import type { ReadCommit } from "./cell.ts"
import { type Core, latency } from "./core.ts"
import { guarded } from "./guard.ts"
import { lengthOf, shown } from "./story.ts"

const SALT = { view: 51, lag: 52 } as const

/** How long a lane can stand still, in milliseconds: up to about two hours. */
const LONGEST_LAG = 2 ** 23

interface Keyed {
  readonly key: string
  readonly recorded: RecordedEvent
}

/** Rows of a view by their keys. */
type Rows = Map<string, KnownRow>

/** One view, and what its lanes have not folded yet, by lane and context. */
interface View {
  readonly projection: FoldedProjection
  /** The projection with handlers that are guarded and get frozen values. */
  readonly careful: FoldedProjection
  readonly rows: Rows
  readonly behind: Map<string, Keyed[]>
}

const carefully = (projection: FoldedProjection): FoldedProjection => {
  const { name } = projection
  return {
    ...projection,
    fold: (row, event, meta) =>
      guarded("the fold", name, event.type, () => projection.fold(frozen(row), event, meta)),
    keyOf: (event, meta) =>
      guarded("the key", name, event.type, () => projection.keyOf(event, meta)),
  }
}

/** The events of a commit that have a row in a view. */
const keyed = (projection: FoldedProjection, { contract, events }: ReadCommit): Keyed[] => {
  if (!projection.from.some(({ name }) => name === contract.name)) return []
  const found: Keyed[] = []
  for (const recorded of events) {
    if (!projection.handles(recorded.event.type)) continue
    const key = projection.keyOf(recorded.event, recorded.meta)
    if (key !== undefined) found.push({ key, recorded })
  }
  return found
}

const fold = (projection: FoldedProjection, rows: Rows, { key, recorded }: Keyed): void => {
  try {
    const row = foldEvent(projection, key, rows.get(key) ?? NOTHING, recorded)
    if (row.plain) rows.set(key, row)
    else rows.delete(key)
  } catch (error) {
    if (error instanceof Broken) throw error
    const { name } = projection
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${name} cannot keep its row "${key}" after ${recorded.event.type} of ` +
      `${recorded.meta.actor} ${recorded.meta.id}: ${reason}`
    throw new Broken("contract", `the fold of ${name}`, message, error)
  }
}

/** Throws `Broken` if an event that is folded twice into the same row gives something else. */
const checkFold = ({ careful, rows }: View, keyed: Keyed): void => {
  const [one, other] = [0, 1].map(() => {
    const copy: Rows = new Map(rows)
    fold(careful, copy, keyed)
    return copy.get(keyed.key)?.plain
  })
  if (isDeepStrictEqual(one, other)) return
  const { name } = careful
  const message = `the fold of ${name} gives ${shown(one)} and then ${shown(other)} for the same ` +
    `${keyed.recorded.event.type} of the same row: it depends on something that it is not given`
  throw new Broken("pure", `the fold of ${name}`, message)
}

/** Throws `Broken` if two rows of a view have the same values in a unique index. */
const checkUnique = ({ name, indexes }: FoldedProjection, rows: Rows): void => {
  for (const { columns, unique } of indexes) {
    if (!unique) continue
    const seen = new Map<string, string>()
    for (const [key, { plain }] of rows) {
      const values = columns.map((column) => plain?.[column] ?? null)
      if (values.includes(null)) continue
      const text = JSON.stringify(values)
      const other = seen.get(text)
      if (other !== undefined) {
        const message = `the rows "${other}" and "${key}" of ${name} have the same ` +
          `${columns.join(", ")}, which is unique: one of them would be refused`
        throw new Broken("contract", `the fold of ${name}`, message)
      }
      seen.set(text, key)
    }
  }
}

/** Folds commits into views, later than they are stored. */
export class Views {
  readonly #core: Core
  readonly #views: readonly View[]

  /** Raw projections need SQL and are left out. */
  constructor(core: Core, projections: readonly AnyProjection[]) {
    this.#core = core
    this.#views = projections
      .filter((projection): projection is FoldedProjection => !isRaw(projection))
      .map((projection) => ({
        projection,
        careful: carefully(projection),
        rows: new Map(),
        behind: new Map(),
      }))
  }

  /** Shows a new commit to the views, which fold it later. */
  hear(commit: ReadCommit): void {
    for (const [number, view] of this.#views.entries()) {
      for (const each of keyed(view.careful, commit)) {
        const lane = Math.floor(sliceOf(each.key) * view.projection.lanes / SLICES)
        const name = `${lane} ${commit.contract.context}`
        const waiting = view.behind.get(name)
        if (waiting) {
          waiting.push(each)
          continue
        }
        view.behind.set(name, [each])
        this.#plan(view, name, mix(mix(commit.key, SALT.view), number * SLICES + lane))
      }
    }
  }

  /** The rows of a view as its lanes have folded them; undefined for a view of another app. */
  rowsOf({ name }: { readonly name: string }): readonly object[] | undefined {
    const view = this.#views.find(({ projection }) => projection.name === name)
    if (!view) return undefined
    const { codec } = view.projection
    return [...view.rows.values()].map(({ row, plain }) =>
      row ? readable(row) : codec.decode(plain)
    )
  }

  /** Throws `Broken` unless each view has the rows that a rebuild would give it. */
  check(logs: ReadonlyMap<string, readonly ReadCommit[]>): void {
    const contexts = [...logs.keys()].sort()
    for (const { careful, rows } of this.#views) {
      const again: Rows = new Map()
      for (const context of contexts) {
        for (const commit of logs.get(context)!) {
          for (const each of keyed(careful, commit)) fold(careful, again, each)
        }
      }
      for (const key of new Set([...rows.keys(), ...again.keys()])) {
        const [is, rebuilt] = [rows.get(key)?.plain, again.get(key)?.plain]
        if (isDeepStrictEqual(is, rebuilt)) continue
        const { name } = careful
        const message = `the row "${key}" of ${name} is ${shown(is)}, but a rebuild gives ` +
          `${shown(rebuilt)}: it depends on the order in which contexts are read, or on ` +
          "something that its handlers are not given"
        throw new Broken("view", `the fold of ${name}`, message)
      }
    }
  }

  #plan(view: View, lane: string, place: number): void {
    const { chance, schedule, story } = this.#core
    const isBehind = chance.strikes("lag", place)
    const milliseconds = isBehind
      ? Math.round(LONGEST_LAG ** unit(chance.at(mix(place, SALT.lag))))
      : latency(this.#core, place)
    if (isBehind) {
      story?.add(view.projection.name, `lane ${lane} stands still: ${lengthOf(milliseconds)}`)
    }
    schedule.in(milliseconds, () => {
      const waiting = view.behind.get(lane) ?? []
      view.behind.delete(lane)
      for (const each of waiting) {
        if (this.#core.isStrict) checkFold(view, each)
        fold(view.careful, view.rows, each)
      }
      checkUnique(view.projection, view.rows)
      this.#core.changed()
    })
  }
}
