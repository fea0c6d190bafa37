/** Tests of projections that read as sentences: given these events, then this row. */
import assert from "node:assert/strict"
import {
  type AnyContract,
  type Fields,
  isFailure,
  type Message,
  NOON,
} from "../contracts/internal.ts"
import type { EventMeta } from "../wire/internal.ts"
import { foldEvent, type KnownRow, NOTHING } from "./worker/fold.ts"
import type { FoldedProjection, Projection, RowOf } from "./projection.ts"

/**
 * An event that happened to an actor, with as much of its metadata as the test cares about. Made by
 * `happened`.
 *
 * ```ts
 * const placed: Happened = happened("o-1", OrderPlaced({ customer: "ada", lines: [], total: 900 }))
 * ```
 */
export interface Happened {
  readonly event: Message<"event">
  readonly meta: Partial<EventMeta> & { readonly id: string }
}

/**
 * Says to which actor an event happened, and when, if it matters.
 *
 * ```ts
 * const placed = OrderPlaced({ customer: "ada", lines: [], total: 900 })
 * happened("o-1", placed, { time: new Date("2026-11-22T12:00:00Z") })
 * ```
 */
export const happened = (
  id: string,
  event: Message<"event">,
  meta: Partial<EventMeta> = {},
): Happened => ({ event, meta: { ...meta, id } })

/**
 * A view into which events were folded. Each throws an `AssertionError` if the claim does not hold.
 *
 * ```ts
 * const list: GivenView<RowOf<typeof OrderList>> = given(OrderList)
 * list.thenNoRow("o-1")
 * ```
 */
export interface GivenView<Row> {
  /** One more event happens, to the actor that its metadata names. */
  readonly when: (event: Message<"event">, meta: Happened["meta"]) => GivenView<Row>
  /** The row under this key is exactly this one. */
  readonly thenRow: (key: string, row: Row) => void
  /** There is no row under this key. */
  readonly thenNoRow: (key: string) => void
}

/**
 * The contract that has this event. Throws `NotFound` or `Invalid` if no contract has it in this
 * form.
 */
const contractOf = ({ from }: FoldedProjection, event: Message<"event">): AnyContract => {
  let reason: unknown
  for (const contract of from) {
    try {
      contract.codec.plain(event)
      return contract
    } catch (error) {
      if (!isFailure(error) || error._tag !== "NotFound") throw error
      reason = error
    }
  }
  throw reason
}

const metaOf = (
  { meta }: Happened,
  { name: actor, context: stream }: AnyContract,
  version: number,
): EventMeta => ({
  actor,
  version,
  position: `${stream}:${version}`,
  sequence: version,
  index: 0,
  time: new Date(NOON),
  commandId: `command-${version}`,
  correlation: `command-${version}`,
  ...meta,
})

/**
 * Folds events one after another, as a worker would. Rows and events are frozen, so a handler that
 * changes one of them fails.
 *
 * ```ts
 * given(OrderList, happened("o-1", OrderPlaced({ customer: "ada", lines: [], total: 900 })))
 *   .thenRow("o-1", { id: "o-1", customer: "ada", total: 900, state: "placed" })
 * ```
 */
export const given = <F extends Fields>(
  projection: Projection<F>,
  ...events: readonly Happened[]
): GivenView<RowOf<Projection<F>>> => {
  const rows = new Map<string, KnownRow>()
  for (const [index, each] of events.entries()) {
    const contract = contractOf(projection, each.event)
    const meta = metaOf(each, contract, index + 1)
    // As the log gives it back.
    const event = contract.codec.reread(contract.codec.plain(each.event))
    if (!projection.handles(event.type)) continue
    const key = projection.keyOf(event, meta)
    if (key === undefined) continue
    const { plain } = rows.get(key) ?? NOTHING
    // Only its plain form, as if each event came in a batch of its own.
    const before = plain ? { ...NOTHING, plain } : NOTHING
    rows.set(key, foldEvent(projection, key, before, { event, meta }))
  }
  const rowOf = (key: string) => {
    const { plain } = rows.get(key) ?? NOTHING
    return plain && projection.codec.decode(plain)
  }
  return {
    when: (event, meta) => given(projection, ...events, { event, meta }),
    thenRow: (key, row) => assert.deepEqual(rowOf(key), row),
    thenNoRow: (key) => assert.equal(rowOf(key), undefined),
  }
}
