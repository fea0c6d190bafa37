/** What tests do with a store beside its workers: they write rows and read them. */
import assert from "node:assert/strict"
import type { Fields } from "../contracts/mod.ts"
import type { Changes } from "./fold.ts"
import { positionsOf, type Standing } from "./generation.ts"
import { type FoldedProjection, Projection } from "./mod.ts"
import type { PlainRow } from "./projection.ts"
import type { Store } from "./store.ts"

/** When the stream was created that the checkpoints are of. */
export const created = { boxes: "today" }

/** A projection with these columns, for tests that fold nothing. */
export const viewOf = (name: string, row: Fields, key = "id"): FoldedProjection =>
  Projection.define(name, { from: [], row, key, on: {}, lanes: 1 })

/** A row of the list of boxes. */
export const box = (id: string, count: number): PlainRow => ({ id, count, puts: 1, last: 1 })

/** The rows of the serving generation that there are under these keys. */
export const rowsOf = async (store: Store, view: FoldedProjection, keys: readonly string[]) =>
  (await store.load(await store.serving(view.name), keys)).rows

/** The row of the serving generation under this key. */
export const rowOf = async (store: Store, view: FoldedProjection, key: string) =>
  store.row(await store.serving(view.name), key)

/** How far the serving generation is. */
export const positionsIn = async (store: Store, view: FoldedProjection) =>
  positionsOf(await store.serving(view.name))

/** Changes of which most are none. */
export const changing = (changes: Partial<Changes>): Changes => ({
  upserts: [],
  deletes: [],
  parked: [],
  ...changes,
})

/** Saves in a generation, which then is one position further in all of its lanes. */
export const saveIn = async (
  store: Store,
  generation: Standing,
  changes: Partial<Changes>,
): Promise<boolean> => {
  let saved = true
  for (const lane of generation.lanes) {
    const after = { positions: { boxes: (lane.positions.boxes ?? 0) + 1 }, created, ahead: [] }
    const own = lane.lane === 0 ? changes : {}
    saved &&= await store.save(generation, changing(own), lane, after) !== undefined
  }
  return saved
}

/** Saves in the serving generation, as it is now. */
export const saveNext = async (store: Store, view: FoldedProjection, changes: Partial<Changes>) =>
  saveIn(store, await store.serving(view.name), changes)

/** What comes back for rows that were saved. */
export const roundTrip = async (store: Store, view: FoldedProjection, ...upserts: PlainRow[]) => {
  await store.claim(view)
  assert.equal(await saveNext(store, view, { upserts }), true)
  const keys = upserts.map((row) => String(row[view.keyColumn]))
  return [...(await rowsOf(store, view, keys)).values()]
}
