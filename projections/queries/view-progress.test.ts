/** What holds of progress: it is pushed, it never claims too much, and it hears what it missed. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { isFailure } from "../../contracts/internal.ts"
import { memoryWire, type Wire } from "../../wire/internal.ts"
import { BoxList, LabelledBoxes } from "../fixtures/boxes.ts"
import type { FoldedProjection } from "../projection.ts"
import { memoryStore } from "../store/store-memory.ts"
import { LOOK_AGAIN_MS } from "../limits.ts"
import { announce } from "../worker/announcement.ts"
import type { GenerationStatus } from "../store/generation.ts"
import { newLanes } from "../store/lane.ts"
import { ViewProgress } from "./view-progress.ts"
import { StreamEnds } from "./stream-ends.ts"
import { Waiting } from "./waiting.ts"
import { saveNext } from "../fixtures/stored.ts"
import type { Store } from "../store/store.ts"
import { until } from "../../testing/until.ts"

/** A generation of one lane at this position. */
const at = (
  revision: number,
  boxes: number,
  { name, version, columns, keyColumn }: FoldedProjection = BoxList,
): GenerationStatus => ({
  projection: name,
  number: 1,
  version,
  state: "serving",
  table: "",
  tables: [],
  columns,
  keyColumn,
  made: new Date(0),
  lanes: newLanes(1).map((lane) => ({ ...lane, revision, positions: { boxes } })),
  parkedKeys: 0,
  parkedEvents: 0,
})

const tell = (wire: Wire, status: GenerationStatus) => {
  for (const lane of status.lanes) announce(wire, status, status.lanes.length, lane, [])
}

const progressOf = (view: FoldedProjection, store: Store, wire: Wire, end?: number) => {
  const ends = new StreamEnds({ last: () => Promise.resolve(end) })
  // Unless a test says so, every log is far enough.
  if (end === undefined) { for (const { context } of view.from) ends.note(context, 1_000_000) }
  return new ViewProgress(view, { store, wire, waiting: new Waiting(), ends })
}

/** The progress of a view whose store says what it is told to, and counts how often it is asked. */
const following = async (view: FoldedProjection = BoxList) => {
  const wire = memoryWire()
  const saved = { status: at(1, 1, view), looked: 0 }
  const store: Store = {
    ...memoryStore(),
    serving: () => {
      saved.looked++
      return Promise.resolve(saved.status)
    },
  }
  const progress = progressOf(view, store, wire)
  await progress.view()
  return { wire, saved, progress }
}

const later = () => Date.now() + 60_000

test("a position that was announced is not looked up", async () => {
  const { wire, saved, progress } = await following()
  tell(wire, at(2, 7))
  await Promise.resolve()
  await progress.wait({ boxes: 7 }, later())
  assert.deepEqual((await progress.view()).positions, { boxes: 7 })
  assert.equal(saved.looked, 1)
  progress.close()
})

test("who waits is woken by the announcement, having looked once", async () => {
  const { wire, saved, progress } = await following()
  const waiting = progress.wait({ boxes: 3 }, later())
  await until(() => saved.looked >= 2)
  for (const sequence of [2, 3]) tell(wire, at(sequence, sequence))
  await waiting
  assert.equal(saved.looked, 2)
  progress.close()
})

test("an announcement that comes while one looks is not missed", async () => {
  const begun = performance.now()
  for (let hops = 0; hops < 12; hops++) {
    const { wire, saved, progress } = await following()
    const waiting = progress.wait({ boxes: 2 }, later())
    for (let hop = 0; hop < hops; hop++) await Promise.resolve()
    tell(wire, at(2, 2))
    await waiting
    assert.ok(saved.looked <= 2, `after ${hops} hops`)
    progress.close()
  }
  // One that was missed would have been made up for by looking again, which is later than this.
  assert.ok(performance.now() - begun < LOOK_AGAIN_MS)
})

test("many who wait at the same time look once", async () => {
  const { wire, saved, progress } = await following()
  const waiting = Array.from({ length: 50 }, () => progress.wait({ boxes: 2 }, later()))
  await until(() => saved.looked >= 2)
  tell(wire, at(2, 2))
  await Promise.all(waiting)
  assert.equal(saved.looked, 2)
  progress.close()
})

test("an announcement that was lost is made up for by looking again", async () => {
  const { saved, progress } = await following()
  const waiting = progress.wait({ boxes: 2 }, later())
  await until(() => saved.looked >= 2)
  saved.status = at(2, 2)
  await waiting
  assert.equal(saved.looked, 3)
  progress.close()
})

test("a view that was made anew is at the beginning, whatever it was before", async () => {
  const { wire, saved, progress } = await following()
  saved.status = { ...at(0, 0), number: 2 }
  tell(wire, saved.status)
  await Promise.resolve()
  assert.deepEqual((await progress.view()).positions, { boxes: 0 })
  const late = progress.wait({ boxes: 1 }, Date.now())
  await assert.rejects(late, (error) => isFailure(error) && error._tag === "StaleView")
  progress.close()
})

test("an announcement that comes late changes nothing", async () => {
  const { wire, progress } = await following()
  tell(wire, at(9, 9))
  tell(wire, at(8, 8))
  await Promise.resolve()
  assert.deepEqual((await progress.view()).positions, { boxes: 9 })
  progress.close()
})

test("after a lost connection the position is looked up again", async () => {
  const { wire, saved, progress } = await following()
  wire.interrupt()
  saved.status = at(4, 4)
  wire.resume()
  assert.deepEqual((await progress.view()).positions, { boxes: 4 })
  progress.close()
})

test("every context that the view reads is waited for", async () => {
  const { wire, saved, progress } = await following(LabelledBoxes)
  assert.deepEqual((await progress.view()).positions, { boxes: 1, labels: 0 })
  let done = false
  const waiting = progress.wait({ boxes: 1, labels: 1 }, later()).then(() => done = true)
  await until(() => saved.looked >= 2)
  assert.equal(done, false)
  const status = at(2, 1, LabelledBoxes)
  const lanes = status.lanes.map((lane) => ({ ...lane, positions: { boxes: 1, labels: 1 } }))
  tell(wire, { ...status, lanes })
  await waiting
  progress.close()
})

test("a view that is being made is waited for", async () => {
  const store = memoryStore()
  const wire = memoryWire()
  const progress = progressOf(BoxList, store, wire)
  const isUnavailable = (error: unknown) => isFailure(error) && error._tag === "Unavailable"
  await assert.rejects(progress.view(), isUnavailable)
  const waiting = progress.wait({ boxes: 1 }, later())
  await store.claim(BoxList)
  await saveNext(store, BoxList, {})
  tell(wire, await store.serving(BoxList.name))
  await waiting
  progress.close()
})

test("what is announced is what was saved", async () => {
  const store = memoryStore()
  const wire = memoryWire()
  await store.claim(BoxList)
  await saveNext(store, BoxList, {})
  const progress = progressOf(BoxList, store, wire)
  assert.deepEqual((await progress.view()).positions, { boxes: 1 })
  progress.close()
})
