/** What the tests of projections at work share: views that are waited for and compared. */
import assert from "node:assert/strict"
import { type Positions, progressSubject, type Wire } from "../contracts/mod.ts"
import { announcementOf } from "./announcement.ts"
import type { FeedMessage } from "./feed.ts"
import { foldEvents, type KnownRow } from "./fold.ts"
import { keyedEvents } from "./keyed-event.ts"
import { leastOf, reaches } from "./lane.ts"
import type { AnyProjection, FoldedProjection, PlainRow } from "./projection.ts"
import type { Store } from "./store.ts"
import { rowsOf } from "./stored.suite.ts"

/** Resolves when all lanes of a generation are announced to be so far; called before they are. */
export const announced = (
  wire: Wire,
  { name, version }: AnyProjection,
  asked: Positions,
  state?: string,
): Promise<void> =>
  new Promise((resolve) => {
    const known = new Map<number, Positions[]>()
    const { close } = wire.serve(progressSubject(name), ({ payload }) => {
      const { generation, lane, lanes, positions, ...heard } = announcementOf(payload)
      if (heard.version !== version || state !== undefined && heard.state !== state) return
      const all = known.get(generation) ?? []
      known.set(generation, all)
      all[lane] = positions
      if (Object.keys(all).length < lanes || !reaches(leastOf(all), asked)) return
      close()
      resolve()
    })
  })

/** Resolves when an announcement has named each of these rows; called before that. */
export const announcedKeys = (
  wire: Wire,
  { name }: AnyProjection,
  keys: readonly string[],
): Promise<void> =>
  new Promise((resolve) => {
    const left = new Set(keys)
    const { close } = wire.serve(progressSubject(name), ({ payload }) => {
      for (const key of announcementOf(payload).keys ?? []) left.delete(key)
      if (left.size > 0) return
      close()
      resolve()
    })
  })

/** The rows that these messages give, folded one at a time and in memory. */
export const folded = (projection: FoldedProjection, messages: readonly FeedMessage[]) => {
  const known = new Map<string, KnownRow>()
  for (const message of messages) {
    const events = keyedEvents(projection, [message])
    for (const [key, row] of foldEvents(projection, events, known).known) known.set(key, row)
  }
  const rows = [...known].flatMap(([key, { plain }]) => plain ? [[key, plain] as const] : [])
  return new Map<string, PlainRow>(rows)
}

/** Fails unless the view holds exactly what a fold of these messages gives. */
export const sameAsLog = async (
  store: Store,
  projection: FoldedProjection,
  messages: readonly FeedMessage[],
): Promise<void> => {
  const expected = folded(projection, messages)
  const keys = new Set(keyedEvents(projection, messages).map(({ key }) => key))
  const view = await rowsOf(store, projection, [...keys])
  assert.deepEqual(new Map([...view].sort()), new Map([...expected].sort()))
}
