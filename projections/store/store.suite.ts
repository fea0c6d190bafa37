/** What every store does; its memory twin and its driver both pass these tests. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Query } from "../../contracts/internal.ts"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Lane } from "./lane.ts"
import { generationTests } from "./generations.suite.ts"
import { Projection } from "../projection.ts"
import { QueryHandler } from "../query-handler.ts"
import { bookkeepingTests, parkedAt } from "./bookkeeping.suite.ts"
import { Putting } from "../fixtures/raw.ts"
import { queryTests } from "./queries.suite.ts"
import { rowTests } from "./rows.suite.ts"
import type { Store } from "./store.ts"
import {
  box,
  changing,
  created,
  positionsIn,
  roundTrip,
  rowOf,
  rowsOf,
  saveIn,
  saveNext,
} from "../fixtures/stored.ts"

/** Runs the suite; `open` makes a store that is empty. */
export const storeSuite = (open: (scope: Scope) => Promise<Store>): void => {
  checkpointTests(open)
  rowTests(open)
  generationTests(open)
  bookkeepingTests(open)
  queryTests(open)

  test("the rows of a generation are counted", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    await saveNext(store, BoxList, { upserts: [box("a", 1), box("b", 2), box("c", 3)] })
    await saveNext(store, BoxList, { deletes: ["b"] })
    assert.equal(await store.count(await store.serving(BoxList.name)), 2)
  })

  test("a query is answered from the rows, absent fields being absent", async (t) => {
    const store = await open(t)
    const row = { id: Schema.String, note: Schema.optionalKey(Schema.String) }
    const Notes = Projection.define("boxes.notes", { from: [], row, key: "id", on: {} })
    await roundTrip(store, Notes, { id: "a" }, { id: "b", note: "x" })
    const query = Query.define("boxes.all", {
      params: { least: Schema.String },
      result: Schema.Array(Schema.Struct(row)),
    })
    const handler = QueryHandler.define(query, {
      from: [Notes],
      sql: ({ least }, { sql, view }) =>
        sql`select * from ${view(Notes)} where id >= ${least} order by id`,
      memory: ({ least }, { rows }) => rows(Notes).filter(({ id }) => id >= least),
    })
    const answer = await store.answer(handler, { least: "a" }, [
      await store.serving(Notes.name),
    ])
    assert.deepEqual(query.result.encode(answer as never), [{ id: "a" }, { id: "b", note: "x" }])
  })
}

const checkpointTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("a save writes rows, deletes rows and moves the checkpoint", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const [before] = (await store.serving(BoxList.name)).lanes
    await saveNext(store, BoxList, { upserts: [box("a", 1), box("b", 2)] })
    await saveNext(store, BoxList, { upserts: [box("b", 3), box("c", 4)], deletes: ["a", "no"] })
    const rows = await rowsOf(store, BoxList, ["a", "b", "c"])
    assert.deepEqual(rows, new Map([["b", box("b", 3)], ["c", box("c", 4)]]))
    const [after] = (await store.serving(BoxList.name)).lanes
    assert.ok(after!.revision > before!.revision)
    const { revision } = after!
    assert.deepEqual(after, { ...before, revision, positions: { boxes: 2 }, created })
  })

  test("a save answers the revision on which the next one is made", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    await store.claim(Putting)
    const rows = await store.serving(BoxList.name)
    const raw = await store.serving(Putting.name)
    const after = { positions: { boxes: 7 }, created, ahead: [] }
    const ways = [
      { view: rows, save: (lane: Lane) => store.save(rows, changing({}), lane, after) },
      { view: raw, save: (lane: Lane) => store.saveRaw(raw, () => Promise.resolve(), lane, after) },
    ]
    for (const { view, save } of ways) {
      const lane = view.lanes[0]!
      const first = await save(lane) ?? assert.fail()
      assert.ok(first > lane.revision)
      const second = await save({ ...lane, revision: first }) ?? assert.fail()
      assert.ok(second > first)
      assert.equal(await save({ ...lane, revision: first }), undefined)
      const now = await store.serving(view.projection)
      assert.equal(now.lanes[0]?.revision, second)
    }
  })

  test("a lane that has moved refuses the save, and nothing is changed", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const old = await store.serving(BoxList.name)
    await saveNext(store, BoxList, { upserts: [box("a", 1)] })
    const now = await store.serving(BoxList.name)
    const changes = {
      upserts: [box("a", 2), box("b", 2)],
      deletes: ["a"],
      parked: [parkedAt("a", 1)],
    }
    assert.equal(await saveIn(store, old, changes), false)
    assert.deepEqual(await store.serving(BoxList.name), now)
    const rows = await rowsOf(store, BoxList, ["a", "b"])
    assert.deepEqual(rows, new Map([["a", box("a", 1)]]))
  })

  test("a raw batch moves the checkpoint, unless another one has", async (t) => {
    const store = await open(t)
    await store.claim(Putting)
    const generation = await store.serving(Putting.name)
    const saveAt = (sequence: number) => {
      const after = { positions: { boxes: sequence }, created, ahead: [] }
      return store.saveRaw(generation, () => Promise.resolve(), generation.lanes[0]!, after)
    }
    assert.ok(await saveAt(7))
    const now = await store.serving(Putting.name)
    assert.deepEqual(now.lanes[0]?.positions, { boxes: 7 })
    assert.equal(await saveAt(9), undefined)
    assert.deepEqual(await store.serving(Putting.name), now)
  })

  test("a lane has a checkpoint of its own", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const generation = await store.serving(BoxList.name)
    const [first, second] = generation.lanes
    const after = { positions: { boxes: 7 }, created, ahead: [] }
    assert.ok(await store.save(generation, changing({}), first!, after))
    assert.ok(await store.save(generation, changing({}), second!, after))
    assert.equal(await store.save(generation, changing({}), first!, after), undefined)
    const { lanes } = await store.serving(BoxList.name)
    assert.deepEqual(lanes.map(({ positions }) => positions.boxes ?? 0), [7, 7, 0, 0])
    assert.deepEqual(await positionsIn(store, BoxList), { boxes: 0 })
  })

  test("of savers at the same time exactly one wins", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    for (let round = 1; round <= 20; round++) {
      const generation = await store.serving(BoxList.name)
      const before = generation.lanes[0]!
      const savers = [1, 2, 3, 4].map((saver) =>
        store.save(generation, changing({ upserts: [box("a", saver)] }), before, {
          positions: { boxes: saver },
          created,
          ahead: [],
        })
      )
      const revisions = await Promise.all(savers)
      const won = revisions.flatMap((saved, index) => saved === undefined ? [] : [index + 1])
      assert.equal(won.length, 1)
      const lane = (await store.serving(BoxList.name)).lanes[0]!
      assert.ok(revisions.includes(lane.revision))
      assert.deepEqual(lane.positions, { boxes: won[0] })
      assert.equal((await rowOf(store, BoxList, "a"))?.count, won[0])
    }
  })
}
