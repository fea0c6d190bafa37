/** Tests of new versions and rebuilds: the old view serves until the new one has caught up. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { createClient, MemoryLog, memoryWire } from "../../wire/internal.ts"
import { isFailure } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes, BoxList, Put } from "../fixtures/boxes.ts"
import { boxes, readFrom, type Scope } from "../log/feed.suite.ts"
import { type AnyProjection, Projection } from "../projection.ts"
import { memoryStore } from "../store/store-memory.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { startProjections } from "../worker/runner.ts"
import { startQueries } from "../queries/query-server.ts"
import type { Store } from "../store/store.ts"
import { rowOf } from "../fixtures/stored.ts"
import { announced, sameAsLog } from "../fixtures/working.ts"
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
  return { store, wire, ...await natsWrittenLog(wire, ["boxes"]) }
}

/** The list of boxes, with rows of another shape. */
const Named = Projection.define("boxes.box-list", {
  from: [Boxes],
  row: { id: Schema.String, label: Schema.String },
  key: "id",
  on: { Put: (_, { count }, { id }) => ({ id, label: `${id}: ${count}` }) },
})

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  const system = async (scope: Scope) => {
    const parts = await open(scope)
    const { wire, store, feed } = parts
    const start = (...projections: AnyProjection[]) => {
      const running = startProjections({ projections, feed, store, wire })
      scope.after(() => running.stop())
      return running
    }
    const states = async () =>
      (await store.statuses([BoxList.name])).map(({ number, state }) => `${number} ${state}`)
    return { ...parts, start, states }
  }

  test(`queries are answered throughout a view's change of shape, on ${where}`, async (t) => {
    const { wire, store, write, feed, start, states } = await system(t)
    await write(boxes(50))
    const first = announced(wire, BoxList, { boxes: 50 }, "serving")
    const old = start(BoxList)
    await first
    const server = startQueries({ projections: [BoxList], queries: [], store, wire, feed })
    const client = createClient(wire)
    let asking = true
    const seen = new Set<string>()
    const asked = (async () => {
      while (asking) {
        const { result } = await client.queryPlain(BoxList.name, { key: "b-7" })
        seen.add(Object.keys(result as object).sort().join(" "))
        await new Promise(setImmediate)
      }
    })()
    const second = announced(wire, Named, { boxes: 51 }, "serving")
    const now = start(Named)
    await write(entries(Boxes, "b-7", Put({ count: 99 })))
    await second
    const after = { after: "boxes:51" }
    const { result } = await client.queryPlain(Named.name, { key: "b-7" }, after)
    assert.deepEqual(result, { id: "b-7", label: "b-7: 99" })
    asking = false
    await asked
    assert.deepEqual([...seen].at(0), "count id last puts")
    assert.ok(seen.size <= 2)
    assert.deepEqual(await states(), ["1 previous", "2 serving"])
    await sameAsLog(store, Named, await readFrom(feed, { boxes: 0 }, 51))
    server.close()
    await Promise.all([old.stop(), now.stop()])
  })

  test(`an interrupted rebuild continues where it stopped, on ${where}`, async (t) => {
    const { wire, store, write, feed, start, states } = await system(t)
    await write(boxes(300))
    const first = announced(wire, BoxList, { boxes: 300 })
    const before = start(BoxList)
    await first
    await before.stop()
    await store.rebuild(BoxList)
    let read = 0
    const slowly: typeof feed = {
      ...feed,
      open: async (after) => {
        const reader = await feed.open(after)
        let end = () => {}
        const ended = new Promise<void>((resolve) => end = resolve)
        const next = async () => {
          if (read >= 100) await ended
          const messages = await reader.next(10)
          read += messages.length
          return messages
        }
        const close = () => {
          reader.close()
          end()
        }
        return { ...reader, next, close }
      },
    }
    const half = startProjections({ projections: [BoxList], feed: slowly, store, wire })
    await until(() => read >= 100)
    await half.stop()
    const [, building] = await store.statuses([BoxList.name])
    assert.equal(building?.state, "building")
    assert.ok(building.lanes.some(({ positions }) => (positions.boxes ?? 0) >= 50))
    const rest = announced(wire, BoxList, { boxes: 300 }, "serving")
    const again = start(BoxList)
    await rest
    await until(async () => (await states())[1] === "2 serving")
    await sameAsLog(store, BoxList, await readFrom(feed, { boxes: 0 }, 300))
    await again.stop()
  })

  test(`after a rollback and a drop, the serving generation answers, on ${where}`, async (t) => {
    const { wire, store, write, feed, start, states } = await system(t)
    await write(boxes(3))
    const first = announced(wire, BoxList, { boxes: 3 })
    const old = start(BoxList)
    await first
    const server = startQueries({ projections: [BoxList], queries: [], store, wire, feed })
    const ask = async () =>
      (await createClient(wire).queryPlain(BoxList.name, { key: "b-2" })).result
    await old.stop()
    const second = announced(wire, Named, { boxes: 3 }, "serving")
    const now = start(Named)
    await second
    assert.deepEqual(await ask(), { id: "b-2", label: "b-2: 2" })
    await store.rollback(BoxList.name)
    await store.drop(BoxList.name)
    assert.deepEqual(await states(), ["1 serving"])
    assert.deepEqual(await ask(), { id: "b-2", count: 2, puts: 1, last: 3 })
    assert.deepEqual(await rowOf(store, BoxList, "b-2"), await ask())
    server.close()
    await now.stop()
  })
}

test("a refused version is not folded again, and health says so", async () => {
  const { wire, store, feed, write } = await inMemory()
  await write(boxes(3))
  const start = (projection: AnyProjection) =>
    startProjections({ projections: [projection], feed, store, wire })
  const first = announced(wire, BoxList, { boxes: 3 })
  const old = start(BoxList)
  await first
  const second = announced(wire, Named, { boxes: 3 }, "serving")
  const now = start(Named)
  await second
  await now.stop()
  await store.rollback(Named.name)
  const again = start(Named)
  await until(() => again.health()[0]?.refused !== undefined)
  const [health] = again.health()
  assert.equal(health?.caughtUp, false)
  assert.equal(health?.version, BoxList.version)
  assert.equal(health?.generation, 1)
  await Promise.all([old.stop(), again.stop()])
  assert.ok(isFailure(await store.rollback(Named.name).catch((error) => error)))
})

test("lanes are saved in turn while a generation is built, at once when it serves", async (t) => {
  const { store, wire, feed, write } = await inMemory()
  const saving = new Map<number, number>()
  const most = new Map<number, number>()
  const counted: Store = {
    ...store,
    save: async (generation, changes, ...given) => {
      const { number } = generation
      if (changes.upserts.length === 0) return store.save(generation, changes, ...given)
      const now = (saving.get(number) ?? 0) + 1
      saving.set(number, now)
      most.set(number, Math.max(most.get(number) ?? 0, now))
      await new Promise(setImmediate)
      const saved = await store.save(generation, changes, ...given)
      saving.set(number, (saving.get(number) ?? 0) - 1)
      return saved
    },
  }
  await write(boxes(200))
  const running = startProjections({ projections: [BoxList], feed, store: counted, wire })
  t.after(() => running.stop())
  await announced(wire, BoxList, { boxes: 200 })
  await store.rebuild(BoxList)
  await until(async () => (await store.serving(BoxList.name)).number !== 1)
  assert.deepEqual([...most], [[1, BoxList.lanes], [2, 1]])
})
