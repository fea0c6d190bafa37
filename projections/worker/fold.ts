/** Folds a batch of the log into the rows that it touches. Pure: it neither loads nor saves. */
import { HandlerBug, isFailure } from "../../contracts/internal.ts"
import { RefusedRow } from "../store/refused-row.ts"
import { shownKey } from "../key-text.ts"
import { unindexableIn } from "../view-index.ts"
import { unstorableIn } from "../column-range.ts"
import type { RecordedEvent } from "../../wire/internal.ts"
import { type KeyedEvent, keyedPlace, parkedEvent, reasonOf } from "./keyed-event.ts"
import { noteOrigin } from "./parked-report.ts"
import { isBehind, type ParkedEvent, type Place } from "../store/parked.ts"
import type { FoldedProjection, PlainRow } from "../projection.ts"
import { holdsNul, storableText, storableValue } from "../store/storable-text.ts"
import type { Changes } from "../store/changes.ts"
import type { Loaded } from "../store/store.ts"

/** What is known of a key: its row, and whether it is parked. */
export interface KnownRow {
  /** Its plain form, while no handler has needed the decoded one. */
  readonly plain: PlainRow | undefined
  /** The row as handlers see it. */
  readonly row: object | undefined
  /** The place of the key's first parked event. */
  readonly parked: Place | undefined
}

/** What is known of keys. */
export type KnownRows = ReadonlyMap<string, KnownRow>

/** A batch, folded. */
export interface FoldedBatch extends Changes {
  /** What is known of the touched keys once the changes are saved. */
  readonly known: KnownRows
}

/** What is known of a key under which nothing is stored. */
export const NOTHING: KnownRow = {
  plain: undefined,
  row: undefined,
  parked: undefined,
}

/** The store refuses the row of a key, from some event on. */
export interface RefusedKey {
  readonly reason: string
  /** How many of the key's events in this batch the row still accepts; 0 by default. */
  readonly accepted?: number
}

/** The keys whose rows a store refuses. */
export type RefusedKeys = ReadonlyMap<string, RefusedKey>

const NONE_REFUSED: RefusedKeys = new Map()

/** The row in its plain form. Throws `HandlerBug` for one that its schema does not allow. */
const plainRow = ({ name, codec }: FoldedProjection, type: string, row: object): PlainRow => {
  try {
    return codec.encode(row) as PlainRow
  } catch (error) {
    throw isFailure(error)
      ? new HandlerBug(`${name} on ${type}: ${error.message}`, { cause: error })
      : error
  }
}

/** The row in its plain form. Throws if its schema does not allow it, or if it has another key. */
const checkedRow = (
  projection: FoldedProjection,
  key: string,
  type: string,
  row: object,
): PlainRow => {
  const { keyColumn } = projection
  const encoded = plainRow(projection, type, row)
  // The next handler must see what the store will give back.
  const plain = holdsNul(encoded) ? storableValue(encoded) as PlainRow : encoded
  const found = plain[keyColumn]
  const refused = unindexableIn(projection, plain) ?? unstorableIn(projection.columns, plain)
  if (refused !== undefined) throw new RefusedRow(key, refused)
  if (found === key) return plain
  if (typeof found === "string" && storableText(found) === key) {
    return { ...plain, [keyColumn]: key }
  }
  throw new TypeError(
    `an event of the row "${shownKey(key)}" returned a row whose ${keyColumn} is ` +
      `"${shownKey(String(found))}"`,
  )
}

/** The row after an event. Throws what the handler or the schema of the row throws. */
export const foldEvent = (
  projection: FoldedProjection,
  key: string,
  known: KnownRow,
  { event, meta }: RecordedEvent,
): KnownRow => {
  const before = known.row ?? (known.plain && projection.codec.reread(known.plain))
  const row = projection.fold(before, event, meta)
  if (row !== undefined && row === before) return { ...known, row }
  if (row === undefined) return NOTHING
  // After each event and not once per batch: what is parked must not depend on how the log was cut.
  const plain = checkedRow(projection, key, event.type, row)
  return { plain, row: undefined, parked: undefined }
}

/** The row after all events of a keyed event. */
const foldKeyed = (
  projection: FoldedProjection,
  key: string,
  known: KnownRow,
  recorded: RecordedEvent,
  more: readonly RecordedEvent[] | undefined,
): KnownRow => {
  let row = foldEvent(projection, key, known, recorded)
  if (more) { for (const each of more) row = foldEvent(projection, key, row, each) }
  return row
}

/**
 * Folds events into the known rows; an unknown key has no row. An event that cannot be folded parks
 * its key: the row stays as it was, and later events wait. A key whose row the store has refused is
 * parked too, for the given reason.
 */
export const foldEvents = (
  projection: FoldedProjection,
  events: readonly KeyedEvent[],
  before: KnownRows,
  refused: RefusedKeys = NONE_REFUSED,
): FoldedBatch => {
  const known = new Map<string, KnownRow>()
  const parked: ParkedEvent[] = []
  const accepted = new Map<string, number>()
  const park = (key: string, keyed: KeyedEvent, error?: string, cause?: unknown) => {
    const event = parkedEvent(key, keyed, error)
    if (error !== undefined) noteOrigin(event, cause, keyed.recorded)
    parked.push(event)
    const rows = known.get(key) ?? before.get(key) ?? NOTHING
    if (!rows.parked) known.set(key, { ...rows, parked: keyedPlace(keyed) })
  }
  for (const keyed of events) {
    const { key, actorKey, recorded, failure } = keyed
    if (actorKey !== undefined) {
      const first = (known.get(actorKey) ?? before.get(actorKey))?.parked
      if (first && isBehind(keyedPlace(keyed), first)) {
        park(actorKey, keyed)
        continue
      }
    }
    const now = known.get(key) ?? before.get(key) ?? NOTHING
    // A lane that is further than this one may already have parked the actor.
    if (now.parked && key !== actorKey) park(key, keyed)
    else if (failure !== undefined) park(key, keyed, failure)
    else if (recorded) {
      const refusal = refused.get(key)
      if (refusal) {
        const earlier = accepted.get(key) ?? 0
        accepted.set(key, earlier + 1)
        if (earlier >= (refusal.accepted ?? 0)) {
          park(key, keyed, refusal.reason)
          continue
        }
      }
      try {
        known.set(key, foldKeyed(projection, key, now, recorded, keyed.more))
      } catch (cause) {
        park(key, keyed, reasonOf(cause), cause)
      }
    }
  }
  return { ...changesOf(known, before), parked, known }
}

const changesOf = (known: KnownRows, before: KnownRows) => {
  const upserts: PlainRow[] = []
  const deletes: string[] = []
  for (const [key, { plain }] of known) {
    const stored = before.get(key)?.plain
    if (plain === stored) continue
    if (plain === undefined) deletes.push(key)
    else upserts.push(plain)
  }
  return { upserts, deletes }
}

/** Adds what the store has to what is known. A key that the store lacks stays unknown. */
export const learn = (known: Map<string, KnownRow>, { rows, parked }: Loaded): void => {
  for (const [key, plain] of rows) known.set(key, { plain, row: undefined, parked: undefined })
  for (const [key, first] of parked) {
    known.set(key, { ...known.get(key) ?? NOTHING, parked: first })
  }
}

/** What is known of these keys after loading them. */
export const knownRows = (keys: readonly string[], loaded: Loaded): Map<string, KnownRow> => {
  const known = new Map<string, KnownRow>()
  for (const key of keys) known.set(key, NOTHING)
  learn(known, loaded)
  return known
}
