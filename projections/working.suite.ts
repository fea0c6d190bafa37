/** What the tests of projections at work share: views that are waited for and compared. */
import assert from "node:assert/strict"
import { decode, hasReached, type Positions, progressSubject, type Wire } from "../contracts/mod.ts"
import type { FeedMessage } from "./feed.ts"
import { foldEvents, keyedEvents } from "./fold.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"
import type { Store } from "./store.ts"

/** Resolves when the view is announced to be so far; to be called before it can be. */
export const announced = (wire: Wire, { name }: AnyProjection, asked: Positions): Promise<void> =>
  new Promise((resolve) => {
    const { close } = wire.serve(progressSubject(name), ({ payload }) => {
      const { positions } = decode("json", payload) as { positions: Positions }
      if (!hasReached(positions, asked)) return
      close()
      resolve()
    })
  })

/** The rows that these messages give, folded one at a time and in memory. */
export const folded = (projection: AnyProjection, messages: readonly FeedMessage[]) => {
  const rows = new Map<string, PlainRow>()
  for (const message of messages) {
    const { upserts, deletes } = foldEvents(projection, keyedEvents(projection, [message]), rows)
    for (const row of upserts) rows.set(String(row[projection.keyColumn]), row)
    for (const key of deletes) rows.delete(key)
  }
  return rows
}

/** Fails unless the view holds exactly what a fold of these messages gives. */
export const sameAsLog = async (
  store: Store,
  projection: AnyProjection,
  messages: readonly FeedMessage[],
): Promise<void> => {
  const expected = folded(projection, messages)
  const keys = new Set(keyedEvents(projection, messages).map(({ key }) => key))
  const view = await store.load(projection, [...keys])
  assert.deepEqual(new Map([...view].sort()), new Map([...expected].sort()))
}
