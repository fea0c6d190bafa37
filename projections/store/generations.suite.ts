/** What every store does with generations; part of the suite of stores. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { isFailure, Query } from "../../contracts/internal.ts"
import type { Scope } from "../log/feed.suite.ts"
import {
  type Generation,
  type GenerationState,
  type GenerationStatus,
  nameOf,
} from "./generation.ts"
import { hosted } from "./membership.ts"
import { type AnyProjection, Projection } from "../projection.ts"
import { QueryHandler } from "../query-handler.ts"
import { NotMade, type Store } from "./store.ts"
import { changing, positionsIn, roundTrip, rowsOf, saveIn, saveNext } from "../fixtures/stored.ts"

const shape = { id: Schema.String, count: Schema.Int }

const counts = (more: { version?: number; lanes?: number; indexes?: "count"[] } = {}) =>
  Projection.define("boxes.counts", { from: [], row: shape, key: "id", on: {}, lanes: 1, ...more })

const one = counts()
const two = counts({ version: 2 })
const wide = Projection.define("boxes.counts", {
  from: [],
  row: { id: Schema.String, note: Schema.String, size: Schema.Int },
  key: "id",
  on: {},
  lanes: 1,
})

const Counts = Query.define("boxes.counted", { params: {}, result: Schema.Unknown })

const states = async (store: Store): Promise<[number, GenerationState][]> =>
  (await store.statuses([one.name])).map(({ number, state }) => [number, state])

const last = async (store: Store) => (await store.statuses([one.name])).at(-1)!

/** Moves the last generation as far as the first one was, and lets it serve. */
const switchTo = async (store: Store, projection: AnyProjection): Promise<GenerationStatus> => {
  await store.claim(projection)
  await saveIn(store, await last(store), {})
  const generation = await last(store)
  assert.equal(await store.serve(generation, { boxes: 1 }), true)
  return generation
}

/** The tests of generations; `open` makes a store that is empty. */
export const generationTests = (open: (scope: Scope) => Promise<Store>): void => {
  claimTests(open)
  switchTests(open)
  backTests(open)
}

const claimTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("a view that was not made does not serve", async (t) => {
    const store = await open(t)
    await assert.rejects(store.serving(one.name), (error) => error instanceof NotMade)
    assert.deepEqual(await store.statuses([one.name]), [])
  })

  test("the first generation serves at once, and claiming it again changes nothing", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    const before = await store.statuses([one.name])
    await Promise.all([store.claim(one), store.claim(one)])
    assert.deepEqual(await store.statuses([one.name]), before)
    const [first] = before
    const { number, state, version, columns, keyColumn, parkedKeys } = first!
    assert.deepEqual([number, state, version], [1, "serving", one.version])
    assert.deepEqual([columns, keyColumn, parkedKeys], [one.columns, "id", 0])
  })

  test("claims of the same version at the same time make one generation", async (t) => {
    const store = await open(t)
    await Promise.all(Array.from({ length: 6 }, () => store.claim(one)))
    assert.deepEqual(await states(store), [[1, "serving"]])
  })

  test("another version is built beside the serving one, which goes on", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    await store.claim(wide)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "building"]])
    const row = { id: "a", note: "x", size: 2 }
    await saveIn(store, await last(store), { upserts: [row] })
    await saveNext(store, one, { upserts: [{ id: "b", count: 2 }] })
    assert.deepEqual((await store.load(await last(store), ["a", "b"])).rows, new Map([["a", row]]))
    assert.equal((await rowsOf(store, one, ["a", "b"])).size, 2)
    assert.deepEqual(await positionsIn(store, one), { boxes: 2 })
  })

  test("the number of lanes changes with what is claimed, and fences who knew it", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    const before = await store.serving(one.name)
    await store.claim(counts({ lanes: 5 }))
    const now = await store.serving(one.name)
    assert.equal(now.lanes.length, 5)
    assert.deepEqual(await positionsIn(store, one), { boxes: 1 })
    assert.equal(await saveIn(store, before, {}), false)
    assert.equal(await saveIn(store, now, {}), true)
    await store.claim(counts({ lanes: 2 }))
    assert.deepEqual(await positionsIn(store, one), { boxes: 2 })
  })
}

const switchTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("a generation that has caught up serves, and the one before is kept", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    const first = await store.serving(one.name)
    await store.claim(wide)
    assert.equal(await store.serve(await last(store), { boxes: 1 }), false)
    const row = { id: "a", note: "x", size: 2 }
    await saveIn(store, await last(store), { upserts: [row] })
    assert.equal(await store.serve(await last(store), { boxes: 2 }), false)
    assert.equal(await store.serve(await last(store), { boxes: 1 }), true)
    assert.equal(await store.serve(await last(store), { boxes: 1 }), false)
    assert.deepEqual(await states(store), [[1, "previous"], [2, "serving"]])
    assert.deepEqual(await store.row(await store.serving(one.name), "a"), row)
    assert.deepEqual(await store.row(first, "a"), { id: "a", count: 1 })
  })

  test("never is there a moment without a generation that serves", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    let switching = true
    const looking = (async () => {
      for (let looks = 0; switching; looks++) {
        const row = await store.row(await store.serving(one.name), "none")
        assert.equal(row, undefined)
      }
    })()
    for (let version = 2; version < 10; version++) await switchTo(store, counts({ version }))
    switching = false
    await looking
  })

  test("a handler reads the generation that it is given", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    const first = await store.serving(one.name)
    const second = await switchTo(store, two)
    const handler = QueryHandler.define(Counts, {
      from: [one],
      sql: (_, { sql, view }) => sql`select * from ${view(one)}`,
      memory: (_, { rows }) => rows(one),
    })
    const answered = async (generation: Generation) =>
      (await store.answer(handler, {}, [generation]) as object[]).map((row) => ({ ...row }))
    assert.deepEqual(await answered(first), [{ id: "a", count: 1 }])
    assert.deepEqual(await answered(second), [])
    const other = QueryHandler.define(Counts, {
      from: [],
      sql: (_, { sql, view }) => sql`select * from ${view(one)}`,
      memory: (_, { rows }) => rows(one),
    })
    const asking = async () => await store.answer(other, {}, [])
    await assert.rejects(asking(), /reads boxes.counts, which is not in its "from"/)
  })
}

const backTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("a rebuild is another generation of the same version, made once", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    const rebuilt = await store.rebuild(one)
    assert.equal(nameOf(rebuilt), "boxes.counts generation 2")
    assert.equal((await store.rebuild(one)).number, 2)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "building"]])
    await saveIn(store, await last(store), {})
    assert.equal(await store.serve(rebuilt, { boxes: 1 }), true)
    assert.equal((await rowsOf(store, one, ["a"])).size, 0)
  })

  test("who rolls back has the previous one serve, and the version is not taken up", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    await switchTo(store, two)
    assert.equal((await store.rollback(one.name)).number, 1)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "refused"]])
    assert.equal((await rowsOf(store, one, ["a"])).size, 1)
    await store.claim(two)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "refused"]])
    await store.rebuild(two)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "refused"], [3, "building"]])
    await assert.rejects(
      store.rollback(one.name),
      (error) => isFailure(error) && error._tag === "NotFound",
    )
  })

  test("a version that served before goes on where it was", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    await switchTo(store, two)
    await store.claim(one)
    assert.deepEqual(await states(store), [[1, "building"], [2, "serving"]])
    const [first] = await store.statuses([one.name])
    assert.equal(await store.serve(first!, { boxes: 1 }), true)
    assert.deepEqual(await states(store), [[1, "serving"], [2, "previous"]])
    assert.equal((await rowsOf(store, one, ["a"])).size, 1)
  })

  test("what was dropped is gone, and its number is not used again", async (t) => {
    const store = await open(t)
    await roundTrip(store, one, { id: "a", count: 1 })
    await switchTo(store, two)
    const three = await switchTo(store, counts({ version: 3 }))
    await store.rollback(one.name)
    const dropped = await store.drop(one.name)
    assert.deepEqual(dropped.map(({ number }) => number), [1, 3])
    assert.deepEqual(await states(store), [[2, "serving"]])
    await assert.rejects(async () => await store.row(three, "a"))
    const stalled = async () => await store.save(three, changing({}), three.lanes[0]!, after)
    await assert.rejects(stalled())
    const four = counts({ version: 4 })
    await store.claim(four)
    assert.deepEqual(await states(store), [[2, "serving"], [4, "building"]])
    await store.beat({ id: "w", hosts: [hosted(four.name, four.version)] })
    assert.deepEqual(await store.drop(one.name), [])
    await store.leave("w")
    assert.deepEqual((await store.drop(one.name)).map(({ number }) => number), [4])
    assert.deepEqual(await states(store), [[2, "serving"]])
  })
}

const after = { positions: {}, created: {}, ahead: [] }
