/** Tests of running projections, in memory. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Contract, type Positions } from "../../contracts/internal.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import {
  Boxes,
  BoxList,
  Emptied,
  LabelledBoxes,
  Labels,
  Painted,
  Put,
  Removed,
  Stuck,
} from "../fixtures/boxes.ts"
import { boxes } from "../log/feed.suite.ts"
import type { FoldedProjection } from "../projection.ts"
import { memoryStore } from "../store/store-memory.ts"
import { startProjections } from "./runner.ts"
import type { Store } from "../store/store.ts"
import { changing, positionsIn, rowOf } from "../fixtures/stored.ts"
import { announced } from "../fixtures/working.ts"
import { entries, memoryWrittenLog } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

const system = () => {
  const log = new MemoryLog()
  const store = memoryStore()
  const wire = memoryWire()
  const { feed, write } = memoryWrittenLog(log)
  const start = (...projections: FoldedProjection[]) =>
    startProjections({ projections, feed, store, wire })
  const reached = (projection: FoldedProjection, positions: Record<string, number>) =>
    announced(wire, projection, positions)
  return { log, feed, store, wire, write, start, reached }
}

const healthy = (positions: Positions) => ({
  name: BoxList.name,
  generation: 1,
  version: BoxList.version,
  state: "serving",
  positions,
  lag: 0,
  parkedKeys: 0,
  parkedEvents: 0,
  ready: true,
  caughtUp: true,
})

test("events are folded in order, and the checkpoint follows", async () => {
  const { write, start, reached, store } = system()
  await write(entries(Boxes, "a", Put({ count: 2 }), Put({ count: 3 }), Emptied()))
  await write(entries(Boxes, "a", Put({ count: 4 })))
  await write(entries(Boxes, "b", Put({ count: 1 }), Removed()))
  const done = reached(BoxList, { boxes: 6 })
  const running = start(BoxList)
  await done
  assert.deepEqual(await rowOf(store, BoxList, "a"), { id: "a", count: 4, puts: 3, last: 4 })
  assert.equal(await rowOf(store, BoxList, "b"), undefined)
  assert.deepEqual(running.health(), [healthy({ boxes: 6 })])
  await running.stop()
})

test("what happens later is folded as it comes", async () => {
  const { write, start, reached, store } = system()
  const begun = reached(BoxList, { boxes: 0 })
  const running = start(BoxList)
  await begun
  for (const sequence of [1, 2, 3]) {
    const done = reached(BoxList, { boxes: sequence })
    await write(entries(Boxes, "a", Put({ count: 1 })))
    await done
    assert.equal((await rowOf(store, BoxList, "a"))?.count, sequence)
  }
  await running.stop()
})

test("only before the first event of an actor there is surely no row to be loaded", async () => {
  const { feed, wire, write, reached, store: whole } = system()
  const looked: string[][] = []
  const store: Store = {
    ...whole,
    load: (generation, keys) => {
      looked.push([...keys])
      return whole.load(generation, keys)
    },
  }
  const start = (projection: FoldedProjection) =>
    startProjections({ projections: [projection], feed, store, wire })
  await write(entries(Boxes, "a", Put({ count: 2 }), Put({ count: 3 })))
  const first = reached(BoxList, { boxes: 2 })
  const before = start(BoxList)
  await first
  await before.stop()
  assert.deepEqual(looked, [])
  await write([
    ...entries(Boxes, "a", Put({ count: 4 })),
    ...entries(Boxes, "b", Put({ count: 1 })),
  ])
  const then = reached(BoxList, { boxes: 4 })
  const after = start(BoxList)
  await then
  await after.stop()
  assert.deepEqual(looked.flat(), ["a"])
  assert.deepEqual(await rowOf(store, BoxList, "a"), { id: "a", count: 9, puts: 3, last: 3 })
})

test("events that are not its business move the checkpoint and nothing else", async () => {
  const { write, start, reached, store } = system()
  const Others = Contract.define("boxes.other", {
    commands: {},
    events: { Put: { count: Schema.String }, Odd: {} },
  })
  await write(entries(Boxes, "a", Painted()))
  await write(entries(Others, "a", Others.events.Put({ count: "x" }), Others.events.Odd()))
  const done = reached(BoxList, { boxes: 3 })
  const running = start(BoxList)
  await done
  assert.equal(await rowOf(store, BoxList, "a"), undefined)
  await running.stop()
  assert.deepEqual(await positionsIn(store, BoxList), { boxes: 3 })
})

test("events of several contexts meet in one row", async () => {
  const { write, start, reached, store } = system()
  const done = reached(LabelledBoxes, { boxes: 2, labels: 2 })
  const running = start(LabelledBoxes)
  await write(entries(Labels, "l-1", Stuck({ box: "a", text: "glass" })))
  await write(entries(Boxes, "a", Put({ count: 2 }), Put({ count: 3 })))
  await write(entries(Labels, "l-2", Stuck({ box: "a", text: "up" })))
  await done
  const row = { box: "a", count: 5, labels: ["glass", "up"] }
  assert.deepEqual(await rowOf(store, LabelledBoxes, "a"), row)
  await running.stop()
})

test("a fold that throws parks its row; all others and all other views flow", async () => {
  const { write, start, reached, store } = system()
  await write([...boxes(3), ...entries(Boxes, "b-1", Put({ count: 5 }))])
  const broken: FoldedProjection = {
    ...BoxList,
    name: "boxes.broken",
    fold: (row, event, meta) => {
      if (meta.sequence === 2) throw new Error("not this one")
      return BoxList.fold(row, event, meta)
    },
  }
  const done = [reached(broken, { boxes: 4 }), reached(BoxList, { boxes: 4 })]
  const running = start(broken, BoxList)
  await Promise.all(done)
  const parked = await store.parked(await store.serving(broken.name))
  assert.deepEqual(
    parked.map(({ key, sequence, error }) => [key, sequence, error]),
    [["b-1", 2, "Error: not this one"], ["b-1", 4, undefined]],
  )
  assert.equal(await rowOf(store, broken, "b-1"), undefined)
  assert.equal((await rowOf(store, broken, "b-2"))?.count, 2)
  assert.equal((await rowOf(store, BoxList, "b-1"))?.count, 6)
  await running.stop()
})

/** Starts projections over a feed whose stream has this state, until they have failed. */
const failureWith = async (stream: { created?: string; last?: number }) => {
  const { write, start, reached, store, wire, feed } = system()
  await write(boxes(2))
  const done = reached(BoxList, { boxes: 2 })
  const before = start(BoxList)
  await done
  await before.stop()
  const other = {
    ...feed,
    stream: async (context: string) => ({ ...await feed.stream(context), ...stream }),
  }
  const running = startProjections({ projections: [BoxList], feed: other, store, wire })
  await until(() => running.health()[0]?.failure !== undefined)
  const { failure = "" } = running.health()[0] ?? {}
  await running.stop()
  assert.deepEqual(await positionsIn(store, BoxList), { boxes: 2 })
  return failure
}

test("a stream that was created again is not folded into the old view", async () => {
  assert.match(await failureWith({ created: "later" }), /boxes was created again at later/)
})

test("a stream that has lost what was folded is noticed", async () => {
  assert.match(await failureWith({ last: 1 }), /ends at 1, but the view has folded it up to 2/)
})

test("a store that is away is waited for, and not taken for caught up meanwhile", async () => {
  const { write, reached, store, wire, feed } = system()
  await write(boxes(2))
  let away = 3
  let running: ReturnType<typeof startProjections> | undefined = undefined
  const seen: (boolean | undefined)[] = []
  const flaky: typeof store = {
    ...store,
    save: (...given) => {
      if (away-- <= 0) return store.save(...given)
      seen.push(running?.health()[0]?.caughtUp)
      return Promise.reject(new Error("away"))
    },
  }
  const done = reached(BoxList, { boxes: 2 })
  running = startProjections({ projections: [BoxList], feed, store: flaky, wire })
  await done
  assert.deepEqual(seen, [false, false, false])
  assert.deepEqual(running.health(), [healthy({ boxes: 2 })])
  await running.stop()
})

test("a worker that another one has overtaken goes on from where that one is", async () => {
  const { write, reached, store, wire, feed } = system()
  await write(entries(Boxes, "a", Put({ count: 1 }), Put({ count: 2 }), Put({ count: 4 })))
  let overtaken = false
  const contested: typeof store = {
    ...store,
    save: async (...given) => {
      const [generation, { upserts }, before, after] = given
      if (!overtaken && upserts.length > 0) {
        overtaken = true
        const changes = changing({ upserts: [{ id: "a", count: 1, puts: 1, last: 1 }] })
        const first = { ...after, positions: { boxes: 1 } }
        assert.ok(await store.save(generation, changes, before, first))
      }
      return store.save(...given)
    },
  }
  const done = reached(BoxList, { boxes: 3 })
  const running = startProjections({ projections: [BoxList], feed, store: contested, wire })
  await done
  assert.equal(running.health()[0]?.failure, undefined)
  assert.deepEqual(await rowOf(store, BoxList, "a"), { id: "a", count: 7, puts: 3, last: 3 })
  await running.stop()
  assert.deepEqual(await positionsIn(store, BoxList), { boxes: 3 })
})

test("stopping waits for the save that is under way", async () => {
  const { write, store, wire, feed } = system()
  await write(boxes(2))
  let begin = () => {}
  let finish = () => {}
  const begun = new Promise<void>((resolve) => begin = resolve)
  const finished = new Promise<void>((resolve) => finish = resolve)
  let saved = false
  const slow: typeof store = {
    ...store,
    save: async (...given) => {
      begin()
      await finished
      saved = true
      return store.save(...given)
    },
  }
  const running = startProjections({ projections: [BoxList], feed, store: slow, wire })
  await begun
  const stopped = running.stop().then(() => saved)
  finish()
  assert.equal(await stopped, true)
  assert.deepEqual(await positionsIn(store, BoxList), { boxes: 2 })
})
