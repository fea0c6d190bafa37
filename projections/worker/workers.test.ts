/** Tests of several workers: they share the lanes, and one that hangs or ends is replaced. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { boxes, readFrom, type Scope } from "../log/feed.suite.ts"
import type { Feed } from "../log/feed.ts"
import { memoryStore } from "../store/store-memory.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { startProjections } from "./runner.ts"
import type { Store } from "../store/store.ts"
import { announced, sameAsLog } from "../fixtures/working.ts"
import { memoryWrittenLog, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"

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

/** Enough lanes that each of two workers surely has some. */
const Shared = { ...BoxList, lanes: 32 }

const Other = { ...BoxList, name: "boxes.other" }

/** A store that records which lanes are saved through it. */
const watched = (store: Store, saved: Set<number>): Store => ({
  ...store,
  save: async (...given) => {
    const done = await store.save(...given)
    if (done) saved.add(given[2].lane)
    return done
  },
})

/** A store and a feed that can be made to hang. */
const hanging = (store: Store, feed: Feed) => {
  let hanging = Promise.resolve()
  let release = () => {}
  const when = <T>(run: () => Promise<T>) => hanging.then(run)
  return {
    hang: () => void (hanging = new Promise((resolve) => release = resolve)),
    release: () => release(),
    store: {
      ...store,
      save: (...given: Parameters<Store["save"]>) => when(() => store.save(...given)),
      beat: (...given: Parameters<Store["beat"]>) => when(() => store.beat(...given)),
    },
    feed,
  }
}

test("a worker whose claim fails takes no lanes from those that fold", async (t) => {
  const { wire, store, feed, write } = await inMemory()
  const hosts = new Set<string>()
  const failing: Store = {
    ...store,
    claim: (projection) =>
      projection === Shared ? Promise.reject(new Error("not unique")) : store.claim(projection),
    beat: (member) => {
      for (const host of member.hosts) hosts.add(host)
      return store.beat(member)
    },
  }
  const start = (at: Store) =>
    startProjections({ projections: [Shared, Other], feed, store: at, wire })
  const begun = announced(wire, Other, {})
  const broken = start(failing)
  t.after(() => broken.stop())
  await begun
  const done = announced(wire, Shared, { boxes: 100 })
  const healthy = start(store)
  t.after(() => healthy.stop())
  await write(boxes(100))
  await done
  assert.deepEqual([...hosts], [`${Other.name}@${Other.version}`])
  assert.match(broken.health()[0]?.failure ?? "", /not unique/)
})

test("a claim that takes long holds nothing else up", async (t) => {
  const { wire, store, feed, write } = await inMemory()
  let finish = () => {}
  const finished = new Promise<void>((resolve) => finish = resolve)
  let claims = 0
  const slow: Store = {
    ...store,
    claim: async (projection) => {
      if (projection === Shared) {
        claims++
        await finished
      }
      return store.claim(projection)
    },
  }
  await write(boxes(10))
  const done = announced(wire, Other, { boxes: 10 })
  const after = announced(wire, Shared, { boxes: 10 })
  const running = startProjections({ projections: [Shared, Other], feed, store: slow, wire })
  t.after(() => running.stop())
  await done
  assert.equal(running.health()[0]?.positions.boxes, undefined)
  finish()
  await after
  assert.equal(claims, 1)
})

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  test(`two workers share the lanes, and each writes its own, on ${where}`, async (t) => {
    const { wire, store, feed, write } = await open(t)
    const lanes = [new Set<number>(), new Set<number>()]
    const workers = lanes.map((saved) =>
      startProjections({ projections: [Shared], feed, store: watched(store, saved), wire })
    )
    t.after(() => Promise.all(workers.map((worker) => worker.stop())).then(() => {}))
    let round = 0
    const begun = performance.now()
    // They learn of each other over time; then no lane belongs to both.
    const isShared = () =>
      lanes.every(({ size }) => size > 0) &&
      lanes[0]!.size + lanes[1]!.size === 32 && [...lanes[0]!].every((lane) => !lanes[1]!.has(lane))
    while (!isShared()) {
      assert.ok(performance.now() - begun < 20_000, `${lanes[0]?.size} and ${lanes[1]?.size}`)
      round++
      for (const saved of lanes) saved.clear()
      const done = announced(wire, Shared, { boxes: round * 400 })
      await write(boxes(400))
      await done
      await new Promise(setImmediate)
    }
    await Promise.all(workers.map((worker) => worker.stop()))
    await sameAsLog(store, Shared, await readFrom(feed, { boxes: 0 }, round * 400))
  })

  test(`a worker that hangs is replaced within 5 seconds, on ${where}`, async (t) => {
    const { wire, store, feed, write } = await open(t)
    const hung = hanging(store, feed)
    const first = announced(wire, Shared, { boxes: 100 })
    const one = startProjections({ projections: [Shared], ...hung, wire })
    await write(boxes(100))
    await first
    const other = startProjections({ projections: [Shared], feed, store, wire })
    const both = announced(wire, Shared, { boxes: 200 })
    await write(boxes(100))
    await both
    hung.hang()
    const begun = performance.now()
    const replaced = announced(wire, Shared, { boxes: 300 })
    await write(boxes(100))
    await replaced
    const took = performance.now() - begun
    assert.ok(took < 5_000, `${Math.round(took)} ms`)
    await other.stop()
    // When the worker resumes, it can no longer write.
    hung.release()
    await one.stop()
    await sameAsLog(store, Shared, await readFrom(feed, { boxes: 0 }, 300))
  })

  test(`a worker that stops is replaced, and lanes may change, on ${where}`, async (t) => {
    const { wire, store, feed, write } = await open(t)
    for (const [round, lanes] of [3, 1, 17, 4].entries()) {
      const projection = { ...BoxList, lanes }
      const done = announced(wire, projection, { boxes: (round + 1) * 100 })
      await write(boxes(100))
      const worker = startProjections({ projections: [projection], feed, store, wire })
      await done
      await worker.stop()
      assert.equal((await store.serving(BoxList.name)).lanes.length, lanes)
    }
    await sameAsLog(store, BoxList, await readFrom(feed, { boxes: 0 }, 400))
  })
}
