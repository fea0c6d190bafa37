/** Tests of projections that read as sentences: given these events, then this row. */
import assert from "node:assert/strict"
import type { EventContext, Message } from "../contracts/mod.ts"
import { foldEvents, type KeyedEvent } from "./fold.ts"
import type { PlainRow, Projection, RowOf } from "./projection.ts"
import type { Fields } from "../contracts/mod.ts"

const NOON = new Date("2026-01-01T12:00:00Z")

/** An event that happened to an actor, with as much of its context as the test cares about. */
export interface Happened {
  readonly event: Message<"event">
  readonly context: Partial<EventContext> & { readonly id: string }
}

/** Says to which actor an event happened. */
export const happened = (
  id: string,
  event: Message<"event">,
  context: Partial<EventContext> = {},
): Happened => ({ event, context: { ...context, id } })

/** A view into which events were folded. */
export interface GivenView<Row> {
  /** The row under this key is exactly this one. */
  readonly thenRow: (key: string, row: Row) => void
  /** There is no row under this key. */
  readonly thenNoRow: (key: string) => void
}

const contextOf = ({ context }: Happened, index: number, actor: string): EventContext => ({
  actor,
  version: index + 1,
  position: `${actor.split(".")[0]}:${index + 1}`,
  sequence: index + 1,
  index: 0,
  time: NOON,
  commandId: `command-${index + 1}`,
  correlation: `command-${index + 1}`,
  ...context,
})

/**
 * Folds events, one after another, as the runner would.
 *
 * ```ts
 * given(OrderList, happened("o-1", OrderPlaced(…))).thenRow("o-1", { id: "o-1", … })
 * ```
 */
export const given = <F extends Fields>(
  projection: Projection<F>,
  ...events: readonly Happened[]
): GivenView<RowOf<Projection<F>>> => {
  const rows = new Map<string, PlainRow>()
  for (const [index, each] of events.entries()) {
    const context = contextOf(each, index, projection.from[0]?.name ?? projection.name)
    const key = projection.keyOf(each.event, context)
    if (key === undefined || !projection.handles(each.event.type)) continue
    const keyed: KeyedEvent = { key, recorded: { event: each.event, context } }
    const { upserts, deletes } = foldEvents(projection, [keyed], rows)
    for (const row of upserts) rows.set(String(row[projection.keyColumn]), row)
    for (const deleted of deletes) rows.delete(deleted)
  }
  const rowOf = (key: string) => {
    const row = rows.get(key)
    return row && projection.codec.decode(row)
  }
  return {
    thenRow: (key, row) => assert.deepEqual(rowOf(key), row),
    thenNoRow: (key) => assert.equal(rowOf(key), undefined),
  }
}
