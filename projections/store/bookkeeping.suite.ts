/** What every store does with parked events, held lanes and workers; part of its suite. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Settlement, Store } from "./store.ts"
import type { Discarded, ParkedEvent } from "./parked.ts"
import { box, changing, roundTrip, rowOf, rowsOf, saveIn, saveNext } from "../fixtures/stored.ts"

/** An event that is parked under a key. */
export const parkedAt = (key: string, sequence: number, error?: string): ParkedEvent => ({
  key,
  context: "boxes",
  sequence,
  index: 0,
  type: "Put",
  actor: "boxes.box/a",
  error,
  parkedAt: new Date("2026-01-02T03:04:05.006Z"),
})

const settling = (settlement: Partial<Settlement>): Settlement => ({
  ...changing({}),
  unparked: [],
  discarded: [],
  ...settlement,
})

const discardedAt = (key: string, sequence: number): Discarded => {
  const { parkedAt: discardedAt, ...event } = parkedAt(key, sequence, "no")
  return { ...event, discardedAt, by: "me" }
}

/** The tests of bookkeeping; `open` makes a store that is empty. */
export const bookkeepingTests = (open: (scope: Scope) => Promise<Store>): void => {
  parkedTests(open)
  holdTests(open)

  test("a worker that has claimed nothing yet is alive or unknown, and no fault", async (t) => {
    const store = await open(t)
    const waiting = { id: "1", hosts: [] }
    assert.ok([0, 1].includes((await store.beat(waiting)).length))
    await store.leave("1")
    await store.claim(BoxList)
    assert.deepEqual(await store.beat(waiting), [waiting])
  })

  test("workers that are alive are known to each other", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const [one, two] = [{ id: "1", hosts: ["a.b@1"] }, { id: "2", hosts: ["a.b@1", "c.d@2"] }]
    assert.deepEqual(await store.beat(one), [one])
    assert.deepEqual(await store.beat(two), [one, two])
    assert.deepEqual(await store.beat({ ...one, hosts: [] }), [{ ...one, hosts: [] }, two])
    await store.leave("1")
    assert.deepEqual(await store.beat(two), [two])
  })
}

const parkedTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("what is parked is loaded by key, the first of each, and listed in order", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const events = [parkedAt("b", 9, "no"), parkedAt("a", 3, "why"), parkedAt("b", 4)]
    await saveNext(store, BoxList, { parked: events.slice(0, 2), upserts: [box("b", 1)] })
    await saveNext(store, BoxList, { parked: events })
    const generation = await store.serving(BoxList.name)
    const { rows, parked } = await store.load(generation, ["a", "b", "c"])
    assert.deepEqual([...rows.keys()], ["b"])
    const [first, second] = [{ sequence: 3 }, { sequence: 9 }].map((at) => ({
      context: "boxes",
      index: 0,
      ...at,
    }))
    assert.equal(parked.size, 2)
    assert.deepEqual([pick(parked.get("a")), pick(parked.get("b"))], [first, second])
    assert.deepEqual(await store.parked(generation), events)
    assert.deepEqual(await store.parked(generation, "b"), [events[0], events[2]])
    assert.deepEqual([generation.parkedKeys, generation.parkedEvents], [2, 3])
    // A key of one byte and an error of two, then of three, then a key alone.
    const within = (bytes: number) => store.parked(generation, undefined, undefined, bytes)
    assert.deepEqual(await within(8), events)
    assert.deepEqual(await within(7), events.slice(0, 2))
    assert.deepEqual(await within(6), events.slice(0, 1))
    assert.deepEqual(await within(1), events.slice(0, 1), "the first is always told")
    assert.deepEqual(await store.parked(generation, undefined, 1), events.slice(0, 1))
  })

  test("what was discarded is skipped in its generation and in those made later", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const serving = await store.serving(BoxList.name)
    const beside = await store.rebuild(BoxList)
    const discarded = [discardedAt("a", 3), discardedAt("b", 4)]
    await store.hold(serving, [0], () => Promise.resolve(settling({ discarded })))
    const places = new Set(["boxes:3:0", "boxes:3:0 a", "boxes:4:0", "boxes:4:0 b"])
    assert.deepEqual(await store.skipped(serving), places)
    assert.deepEqual(await store.skipped(beside), new Set())
    const building = (await store.statuses([BoxList.name])).at(-1)!
    await saveIn(store, building, {})
    await store.serve(building, {})
    const later = await store.rebuild(BoxList)
    assert.deepEqual(await store.skipped(later), places)
    assert.deepEqual(await store.discarded(BoxList.name), discarded)
  })
}

const pick = (place: { context: string; sequence: number; index: number } | undefined) =>
  place && { context: place.context, sequence: place.sequence, index: place.index }

const holdTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("who holds a lane writes, and whoever knew the lane before cannot save", async (t) => {
    const store = await open(t)
    await roundTrip(store, BoxList, box("a", 1), box("b", 1))
    await saveNext(store, BoxList, { parked: [parkedAt("c", 3, "no"), parkedAt("c", 4)] })
    const before = await store.serving(BoxList.name)
    await store.hold(before, undefined, async ({ lanes, load, parked }) => {
      assert.deepEqual(lanes, before.lanes)
      assert.deepEqual((await load(["a"])).rows.get("a"), box("a", 1))
      const unparked = await parked("c", 9)
      assert.equal(unparked.length, 2)
      const still = [parkedAt("c", 4, "other")]
      return settling({ upserts: [box("c", 5)], deletes: ["a"], unparked, parked: still })
    })
    assert.equal(await saveIn(store, before, {}), false)
    assert.equal(await saveNext(store, BoxList, {}), true)
    assert.deepEqual([...(await rowsOf(store, BoxList, ["a", "b", "c"])).keys()].sort(), ["b", "c"])
    assert.deepEqual(await store.parked(before), [parkedAt("c", 4, "other")])
  })

  test("what is parked still after a retry is where it was in the order", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const whole = { ...parkedAt("a", 5, "no commit"), index: -1, type: "" }
    const before = [parkedAt("a", 3, "no"), parkedAt("a", 4), whole, parkedAt("b", 1, "no")]
    const behind = [parkedAt("a", 6), parkedAt("a", 7)]
    await saveNext(store, BoxList, { parked: [...before, ...behind] })
    const generation = await store.serving(BoxList.name)
    const parts = [1, 2].map((index) => ({ ...parkedAt("a", 5, "other"), index }))
    const still = [parkedAt("a", 4, "other"), ...parts, parkedAt("c", 3, "new")]
    await store.hold(generation, [0], async ({ parked }) => {
      const unparked = await parked("a", 3)
      assert.deepEqual(unparked, before.slice(0, 3))
      return settling({ unparked, parked: still })
    })
    const own = [...still.slice(0, 3), ...behind]
    assert.deepEqual(await store.parked(generation, "a"), own)
    assert.deepEqual(await store.parked(generation, "a", 2), own.slice(0, 2))
    assert.deepEqual(await store.parked(generation, "c"), still.slice(3))
    const { parked } = await store.load(generation, ["a"])
    assert.deepEqual(pick(parked.get("a")), { context: "boxes", sequence: 4, index: 0 })
  })

  test("only the lanes that are named are held", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const before = await store.serving(BoxList.name)
    const held = await store.hold(before, [1, 2], ({ lanes }) => {
      assert.deepEqual(lanes.map(({ lane }) => lane), [1, 2])
      return Promise.resolve(settling({}))
    })
    const { lanes } = await store.serving(BoxList.name)
    const raised = lanes.map(({ revision }, index) => revision > before.lanes[index]!.revision)
    assert.deepEqual(raised, [false, true, true, false])
    assert.deepEqual(held, [lanes[1], lanes[2]])
  })

  test("work that fails writes nothing, and the lane can be saved as before", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    const before = await store.serving(BoxList.name)
    const failing = store.hold(before, [0], () => Promise.reject(new Error("not today")))
    await assert.rejects(failing, /not today/)
    assert.equal(await saveIn(store, before, { upserts: [box("a", 1)] }), true)
    assert.deepEqual(await rowOf(store, BoxList, "a"), box("a", 1))
  })
}
