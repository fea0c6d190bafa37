/** Tests of parked events: after a fix they are folded in order, or they are discarded for good. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { isFailure } from "../../contracts/internal.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes, Labels, Put, Stuck, sums } from "../fixtures/boxes.ts"
import { readFrom, type Scope } from "../log/feed.suite.ts"
import { type FoldedProjection, Projection } from "../projection.ts"
import { memoryStore } from "../store/store-memory.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { startProjections } from "../worker/runner.ts"
import type { Store } from "../store/store.ts"
import { keyedEvents } from "../worker/keyed-event.ts"
import { discard, listParked, retry } from "./quarantine.ts"
import { rowOf } from "../fixtures/stored.ts"
import { announced, announcedKeys, sameAsLog } from "../fixtures/working.ts"
import { entries, memoryWrittenLog, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

const inMemory = () => {
  const parts = { wire: memoryWire(), store: memoryStore() }
  return Promise.resolve({ ...parts, ...memoryWrittenLog(new MemoryLog()) })
}

const onServers = async (scope: Scope) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const wire = await wireOf(scope, natsUrl)
  const store = postgresStore(databaseUrl)
  scope.after(() => store.close())
  return { store, wire, ...await natsWrittenLog(wire, ["boxes", "labels"]) }
}

/** A projection of boxes that fails on these counts. */
const boxesBut = (...bad: number[]) =>
  Projection.define("boxes.fragile", {
    from: [Boxes],
    row: { id: Schema.String, counts: Schema.Array(Schema.Int) },
    key: "id",
    on: {
      Put: (row, { count }, { id }) => {
        if (bad.includes(count)) throw new Error(`not ${count}`)
        return { id, counts: [...row?.counts ?? [], count] }
      },
    },
  })

const puts = (id: string, ...counts: number[]) =>
  entries(Boxes, id, ...counts.map((count) => Put({ count })))

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  const system = async (scope: Scope) => {
    const { feed, store, wire, write } = await open(scope)
    /** Folds up to this position. The worker keeps running. */
    const work = async (projection: FoldedProjection, positions: Record<string, number>) => {
      const done = announced(wire, projection, positions)
      const running = startProjections({ projections: [projection], feed, store, wire })
      scope.after(() => running.stop())
      await done
      return running
    }
    const parked = async (projection: FoldedProjection) =>
      (await listParked(store, projection.name)).flatMap(({ events }) =>
        events.map(({ key, sequence, error }) => [key, sequence, error])
      )
    return { feed, store, wire, write, work, parked }
  }

  test(`after a fix, parked events are folded in order, on ${where}`, async (t) => {
    const { feed, store, wire, write, work, parked } = await system(t)
    await write([...puts("a", 1, 13, 2), ...puts("b", 5), ...puts("a", 14, 3)])
    const running = await work(boxesBut(13, 14), { boxes: 6 })
    assert.deepEqual((await parked(boxesBut())).length, 4)
    await running.stop()

    const half = boxesBut(14)
    const again = await work(half, { boxes: 6 })
    assert.deepEqual(await retry({ projection: half, feed, store, wire }, "a"), {
      freed: 2,
      parked: 2,
      error: "Error: not 14",
    })
    assert.deepEqual(await rowOf(store, half, "a"), { id: "a", counts: [1, 13, 2] })
    assert.deepEqual(await parked(half), [["a", 5, "Error: not 14"], ["a", 6, undefined]])
    await write(puts("a", 4))
    await until(async () => (await parked(half)).length >= 3)
    await again.stop()

    const whole = boxesBut()
    const told = announcedKeys(wire, whole, ["a"])
    const { freed } = await retry({ projection: whole, feed, store, wire }, "a")
    assert.equal(freed, 3)
    await told
    await sameAsLog(store, whole, await readFrom(feed, { boxes: 0 }, 7))
    assert.deepEqual(await parked(whole), [])
    await assert.rejects(
      retry({ projection: whole, feed, store, wire }, "a"),
      (error) => isFailure(error) && error._tag === "NotFound",
    )
  })

  test(`a key with many parked events is freed some at a time, on ${where}`, async (t) => {
    const { feed, store, wire, write, work, parked } = await system(t)
    const counts = Array.from({ length: 1_200 }, (_, index) => index + 1)
    for (let from = 0; from < 1_200; from += 200) {
      await write(puts("a", ...counts.slice(from, from + 200)))
    }
    await (await work(boxesBut(1), { boxes: 1_200 })).stop()
    let holding = false
    const settled: number[] = []
    const watched: Store = {
      ...store,
      hold: (generation, lanes, work) =>
        store.hold(generation, lanes, async (held) => {
          holding = true
          const settlement = await work(held)
          holding = false
          settled.push(settlement.unparked.length)
          return settlement
        }),
    }
    const outside: typeof feed = {
      ...feed,
      at: (...given) => {
        assert.equal(holding, false)
        return feed.at(...given)
      },
    }
    const half = boxesBut(700)
    const parts = { feed: outside, store: watched, wire }
    assert.deepEqual(await retry({ projection: half, ...parts }, "a"), {
      freed: 699,
      parked: 501,
      error: "Error: not 700",
    })
    assert.deepEqual(await rowOf(store, half, "a"), { id: "a", counts: counts.slice(0, 699) })
    const left = counts.slice(699).map((
      count,
    ) => ["a", count, count === 700 ? "Error: not 700" : undefined])
    assert.deepEqual(await parked(half), left)
    const whole = boxesBut()
    const all = { freed: 501, parked: 0, error: undefined }
    assert.deepEqual(await retry({ projection: whole, ...parts }, "a"), all)
    assert.deepEqual(await rowOf(store, whole, "a"), { id: "a", counts })
    assert.deepEqual(settled, [500, 500, 500, 1])
  })

  test(`while a worker runs, a key is freed and its row flows again, on ${where}`, async (t) => {
    const { feed, store, wire, write, work } = await system(t)
    await write(puts("a", 1, 13, 2))
    await (await work(boxesBut(13), { boxes: 3 })).stop()
    const whole = boxesBut()
    const running = await work(whole, { boxes: 3 })
    await retry({ projection: whole, feed, store, wire }, "a")
    const done = announced(wire, whole, { boxes: 4 })
    await write(puts("a", 3))
    await done
    assert.deepEqual(await rowOf(store, whole, "a"), { id: "a", counts: [1, 13, 2, 3] })
    await running.stop()
  })

  test(`a discarded event is recorded, and a rebuild skips it, on ${where}`, async (t) => {
    const { feed, store, wire, write, work, parked } = await system(t)
    await write(puts("a", 1, 13, 2))
    const fragile = boxesBut(13)
    const running = await work(fragile, { boxes: 3 })
    const told = announcedKeys(wire, fragile, ["a"])
    const settled = await discard({ projection: fragile, feed, store, wire }, "a", "ada")
    assert.deepEqual(settled, { freed: 2, parked: 0, error: undefined })
    await told
    const row = { id: "a", counts: [1, 2] }
    assert.deepEqual(await rowOf(store, fragile, "a"), row)
    const [record, ...more] = await store.discarded(fragile.name)
    assert.deepEqual([record?.sequence, record?.by, record?.error, more.length], [
      2,
      "ada",
      "Error: not 13",
      0,
    ])
    await running.stop()

    const rebuilt = announced(wire, fragile, { boxes: 3 }, "serving")
    await store.rebuild(fragile)
    const again = await work(fragile, { boxes: 3 })
    await rebuilt
    await until(async () => (await store.serving(fragile.name)).number >= 2)
    assert.deepEqual(await rowOf(store, fragile, "a"), row)
    assert.deepEqual(await parked(fragile), [])
    await again.stop()
  })

  test(`an actor with an event without a key is parked, and freed, on ${where}`, async (t) => {
    const { feed, store, wire, write, work, parked } = await system(t)
    const stickers = (torn: boolean) =>
      Projection.define("boxes.stickers", {
        from: [Labels],
        row: { box: Schema.String, texts: Schema.Array(Schema.String) },
        key: {
          column: "box",
          of: ({ data: { box, text } }) => {
            if (torn && text === "torn") throw new Error("unreadable")
            return box
          },
        },
        on: { Stuck: (row, { box, text }) => ({ box, texts: [...row?.texts ?? [], text] }) },
      })
    const stuck = (id: string, box: string, text: string) =>
      entries(Labels, id, Stuck({ box, text }))
    const boxed = Array.from({ length: 12 }, (_, index) => stuck("l", `b${index}`, "x")).flat()
    await write([...stuck("l", "b", "one"), ...stuck("l", "b", "torn"), ...boxed])
    await write(stuck("m", "b", "two"))
    const running = await work(stickers(true), { labels: 15 })
    const key = "actor:labels.label/l"
    const events = (await parked(stickers(true))).sort((one, other) =>
      Number(one[1]) - Number(other[1])
    )
    assert.deepEqual(events[0], [key, 2, "Error: unreadable"])
    assert.deepEqual(events.slice(1), boxed.map((_, index) => [key, index + 3, undefined]))
    assert.deepEqual(await rowOf(store, stickers(true), "b"), { box: "b", texts: ["one", "two"] })
    await running.stop()
    const boxes = boxed.map((_, index) => `b${index}`)
    const told = announcedKeys(wire, stickers(false), ["b", ...boxes])
    const { freed } = await retry({ projection: stickers(false), feed, store, wire }, key)
    assert.equal(freed, 13)
    await told
    const row = { box: "b", texts: ["one", "two", "torn"] }
    assert.deepEqual(await rowOf(store, stickers(false), "b"), row)
    for (let index = 0; index < 12; index++) {
      const box = `b${index}`
      assert.deepEqual(await rowOf(store, stickers(false), box), { box, texts: ["x"] })
    }
  })
}

test("a retry folds no row again that the same stored event has changed already", async (t) => {
  const { feed, store, wire, write } = await inMemory()
  await write(puts("a", 7, 9))
  const done = announced(wire, sums(8), { boxes: 2 })
  const running = startProjections({ projections: [sums(8)], feed, store, wire })
  t.after(() => running.stop())
  await done
  assert.deepEqual(await rowOf(store, sums(8), "all"), { id: "all", sum: 2 })
  const settled = await retry({ projection: sums(9), feed, store, wire }, "a")
  assert.deepEqual(settled, { freed: 1, parked: 0, error: undefined })
  assert.deepEqual(await rowOf(store, sums(9), "a"), { id: "a", sum: 16 })
  assert.deepEqual(await rowOf(store, sums(9), "all"), { id: "all", sum: 2 })
})

test("a discard leaves out one row's part of a stored event, and no other row's", async (t) => {
  const { feed, store, wire, write } = await inMemory()
  await write(puts("a", 7, 9))
  const done = announced(wire, sums(8), { boxes: 2 })
  const running = startProjections({ projections: [sums(8)], feed, store, wire })
  t.after(() => running.stop())
  await done
  await discard({ projection: sums(8), feed, store, wire }, "a", "ada")
  const skipped = await store.skipped(await store.serving(sums(8).name))
  const events = keyedEvents(sums(8), await readFrom(feed, { boxes: 0 }, 2), skipped)
  assert.deepEqual(events.map(({ key }) => key), ["all", "a", "all"])
})

test("a row that the store refuses is parked, and all others flow", async (t) => {
  const { feed, store, wire, write } = await onServers(t)
  const unique = Projection.define("boxes.unique", {
    from: [Boxes],
    row: { id: Schema.String, count: Schema.Int },
    key: "id",
    indexes: [{ columns: ["count"], unique: true }],
    on: { Put: (_, { count }, { id }) => ({ id, count }) },
  })
  await write([...puts("a", 1), ...puts("b", 2, 1), ...puts("c", 4)])
  const done = announced(wire, unique, { boxes: 4 })
  const running = startProjections({ projections: [unique], feed, store, wire })
  await done
  const behind = announced(wire, unique, { boxes: 5 })
  await write(puts("b", 3))
  await behind
  assert.deepEqual(await rowOf(store, unique, "b"), { id: "b", count: 2 })
  assert.deepEqual(await rowOf(store, unique, "c"), { id: "c", count: 4 })
  const [{ events } = assert.fail()] = await listParked(store, unique.name)
  assert.deepEqual(events.map(({ key, sequence }) => [key, sequence]), [["b", 3], ["b", 5]])
  assert.match(events[0]?.error ?? "", /RefusedRow: the row "b" is refused/)
  const parts = { projection: unique, feed, store, wire }
  const blocked = announced(wire, unique, { boxes: 6 })
  await write(puts("b", 4))
  await blocked
  assert.match((await retry(parts, "b")).error ?? "", /refused/)
  const freeing = announced(wire, unique, { boxes: 7 })
  await write(puts("c", 5))
  await freeing
  assert.equal((await retry(parts, "b")).freed, 3)
  assert.deepEqual(await rowOf(store, unique, "b"), { id: "b", count: 4 })
  assert.equal(running.health()[0]?.failure, undefined)
  await running.stop()
})
