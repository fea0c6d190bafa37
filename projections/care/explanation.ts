/** An explanation of a row: how each of its events changed it, and which of them give a value. */
import { type AnyContract, messageOf } from "../../contracts/internal.ts"
import { type RecordedEvent, recordedEvents, type StoredCommit } from "../../wire/internal.ts"
import { EXPLAINED } from "../limits.ts"
import { keptKey } from "../store/storable-text.ts"
import type { FoldedProjection, PlainRow } from "../projection.ts"
import { parkedText, type Skipped } from "../store/parked.ts"
import { foldEvent, type KnownRow, NOTHING } from "../worker/fold.ts"
import { actorKeyOf } from "../worker/keyed-event.ts"

/** What one stored event is for a row: an event, or several that it became. */
export type RowEvent = readonly [RecordedEvent, ...RecordedEvent[]]

/** An event that changed a row, and the values that it gave, by column. */
export interface RowChange {
  readonly event: RowEvent
  /** The plain values after it; a column that is absent from it has none. */
  readonly changed: readonly string[]
  /** The row after it; undefined if the event deleted it. */
  readonly row: PlainRow | undefined
}

/** A row as its events give it. */
export interface RowStory {
  readonly row: PlainRow | undefined
  /** For each column, the last event that changed its value. */
  readonly since: ReadonlyMap<string, RowEvent>
  /** The last event that made, changed or deleted the row. */
  readonly last: RowEvent | undefined
  /** The latest changes, oldest first, as many as `EXPLAINED.changes`. */
  readonly changes: readonly RowChange[]
  /** How many events the row has. */
  readonly events: number
  /** The event that cannot be folded. The row is as it was before, as a view parks it. */
  readonly stopped?: { readonly event: RowEvent | undefined; readonly error: string }
}

/** The events that give a value. */
export interface Causes {
  readonly events: readonly RowEvent[]
  /**
   * Whether leaving out any one of them gives another value. False if that would take longer than
   * is spent on it: then they give the value, and some may not be needed.
   */
  readonly minimal: boolean
}

/**
 * The events of a commit that belong to a row, in order. `failure` tells that its actor's events
 * cannot be read or have no key: the view has parked them.
 */
export const rowEvents = (
  projection: FoldedProjection,
  key: string,
  { contract, id, commit }: {
    readonly contract: AnyContract
    readonly id: string
    readonly commit: StoredCommit
  },
  skipped: Skipped,
): { readonly events: readonly RowEvent[]; readonly failure?: string } => {
  const { context } = contract
  const { sequence } = commit
  const isDiscarded = (index: number): boolean =>
    skipped.size > 0 && keysOf(projection, key, contract.name, id)
      .some((each) => skipped.has(parkedText({ context, sequence, index, key: each })))
  if (commit.skipped || isDiscarded(-1)) return { events: [] }
  const wanted = (type: string, index: number) => projection.handles(type) && !isDiscarded(index)
  const found: [RecordedEvent, ...RecordedEvent[]][] = []
  try {
    for (const recorded of recordedEvents(contract, id, commit, wanted)) {
      const { event, meta, part } = recorded
      const own = projection.keyOf(event, meta)
      if (own === undefined || keptKey(own) !== key) continue
      const before = found.at(-1)
      if (part !== undefined && before?.[0].meta.index === meta.index) before.push(recorded)
      else found.push([recorded])
    }
  } catch (error) {
    return { events: found, failure: messageOf(error) }
  }
  return { events: found }
}

/** The keys under which an event of a row can be parked: the row's, and that of the actor. */
const keysOf = (
  { keyedByActor }: FoldedProjection,
  key: string,
  name: string,
  id: string,
): readonly string[] => keyedByActor ? [key] : [key, actorKeyOf(name, id)]

/** The text by which values are compared. A row that is not there has another than any value. */
const textOf = (row: PlainRow | undefined, column: string): string =>
  row === undefined ? "no row" : JSON.stringify([row[column] ?? null])

/** Folds the events of one row, one after another, and keeps what an explanation needs. */
export class RowFolder {
  readonly #projection: FoldedProjection
  readonly #key: string
  readonly #columns: readonly string[]
  readonly #since = new Map<string, RowEvent>()
  readonly #changes: RowChange[] = []
  #known: KnownRow = NOTHING
  #row: PlainRow | undefined
  #last: RowEvent | undefined
  #events = 0
  #stopped: RowStory["stopped"]
  /** The first events, as many as causes are looked for among; undefined once there are more. */
  #kept: RowEvent[] | undefined = []

  constructor(projection: FoldedProjection, key: string) {
    this.#projection = projection
    this.#key = key
    this.#columns = projection.columns.map(({ name }) => name)
  }

  /** Folds the next event. After one that cannot be folded, nothing more is folded. */
  add(event: RowEvent): void {
    if (this.#stopped) return
    this.#events++
    let known = this.#known
    try {
      for (const each of event) known = foldEvent(this.#projection, this.#key, known, each)
    } catch (error) {
      return this.stop(messageOf(error), event)
    }
    this.#keep(event)
    const [before, row] = [this.#row, known.plain]
    this.#known = known
    this.#row = row
    const changed = this.#columns.filter((each) => textOf(before, each) !== textOf(row, each))
    if (changed.length === 0) return
    for (const each of changed) this.#since.set(each, event)
    this.#last = event
    this.#changes.push({ event, changed, row })
    if (this.#changes.length > 2 * EXPLAINED.changes) {
      this.#changes.splice(0, EXPLAINED.changes)
    }
  }

  /** Nothing more is folded, because an event cannot be. */
  stop(error: string, event?: RowEvent): void {
    this.#stopped ??= { event, error }
  }

  /** The row as the events so far give it. */
  story(): RowStory {
    return {
      row: this.#row,
      since: this.#since,
      last: this.#last,
      changes: this.#changes.slice(-EXPLAINED.changes),
      events: this.#events,
      ...(this.#stopped ? { stopped: this.#stopped } : {}),
    }
  }

  /**
   * The events that give the value of a column: fewer give another. Undefined if the row has more
   * events than are looked at for this.
   */
  causes(column: string): Causes | undefined {
    if (!this.#kept) return undefined
    const last = this.#since.get(column)
    if (this.#row === undefined || last === undefined) return { events: [], minimal: true }
    const wanted = textOf(this.#row, column)
    const upTo = this.#kept.slice(0, this.#kept.indexOf(last) + 1)
    return new CauseSearch(this.#projection, this.#key, column, wanted).among(upTo)
  }

  #keep(event: RowEvent): void {
    if (!this.#kept) return
    if (this.#kept.length < EXPLAINED.events) this.#kept.push(event)
    else this.#kept = undefined
  }
}

/** Looks for the events that are needed for a value, by leaving out more and more of the others. */
class CauseSearch {
  readonly #gives: (events: readonly RowEvent[]) => boolean
  #left: number = EXPLAINED.folds

  constructor(projection: FoldedProjection, key: string, column: string, wanted: string) {
    this.#gives = (events) => {
      this.#left -= events.length + 1
      try {
        let known: KnownRow = NOTHING
        for (const event of events) {
          for (const each of event) known = foldEvent(projection, key, known, each)
        }
        return textOf(known.plain, column) === wanted
      } catch {
        // Without what was left out the handler fails, so that is needed.
        return false
      }
    }
  }

  /** The needed ones of these events, which together give the value. */
  among(events: readonly RowEvent[]): Causes {
    let kept = events
    for (let size = Math.ceil(kept.length / 2); size > 1; size = Math.ceil(size / 2)) {
      kept = this.#without(kept, size, true)
      if (size === 2) break
    }
    for (;;) {
      const before = kept.length
      kept = this.#without(kept, 1, true)
      // Now also the last one, which has set the value.
      kept = this.#without(kept, 1, false)
      if (this.#left <= 0) return { events: kept, minimal: false }
      if (kept.length === before) return { events: kept, minimal: true }
    }
  }

  /** Leaves out parts of this size where the value stays the same, the oldest first. */
  #without(events: readonly RowEvent[], size: number, sparesLast: boolean): readonly RowEvent[] {
    let kept = events
    for (let at = 0; at < kept.length - (sparesLast ? 1 : 0) && this.#left > 0;) {
      const end = sparesLast ? Math.min(at + size, kept.length - 1) : at + size
      const others = [...kept.slice(0, at), ...kept.slice(end)]
      if (this.#gives(others)) kept = others
      else at = end
    }
    return kept
  }
}
