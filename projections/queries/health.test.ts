/** What holds of the health of projections: what is ready, who folds it, and what fails alone. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import { Boxes, BoxList, LabelledBoxes, Put } from "../fixtures/boxes.ts"
import { boxes } from "../log/feed.suite.ts"
import type { AnyProjection } from "../projection.ts"
import type { Feed } from "../log/feed.ts"
import { memoryStore } from "../store/store-memory.ts"
import type { ProjectionHealth } from "../worker/projection-worker.ts"
import { type RunningProjections, startProjections } from "../worker/runner.ts"
import type { Store } from "../store/store.ts"
import { announced } from "../fixtures/working.ts"
import { entries, memoryWrittenLog } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

/** The same view as the next version of the program has it. */
const Next: AnyProjection = { ...BoxList, version: "next" }

/** In vain is waited no longer than this. */
const WITHIN = { timeout: 10_000 }

/** Boxes that are folded by one worker, and how to start others. */
const folding = async () => {
  const store = memoryStore()
  const wire = memoryWire()
  const { feed, write } = memoryWrittenLog(new MemoryLog())
  const start = (projection: AnyProjection, other: Partial<Store> = {}) =>
    startProjections({ projections: [projection], feed, store: { ...store, ...other }, wire })
  await write(boxes(3))
  const done = announced(wire, BoxList, { boxes: 3 })
  const running = start(BoxList)
  await done
  return { store, wire, feed, write, start, running }
}

const untilHealth = (
  { health }: RunningProjections,
  holds: (health: ProjectionHealth) => boolean,
): Promise<ProjectionHealth> => until(() => health().slice(0, 1).find(holds))

test("a view is ready while another version of it is built beside it", WITHIN, async (t) => {
  const { start, running } = await folding()
  t.after(() => running.stop())
  const next = start(Next, { save: () => Promise.reject(new Error("the new one is wrong")) })
  t.after(() => next.stop())
  const beside = await untilHealth(next, ({ failure }) => failure?.includes("is wrong") ?? false)
  assert.equal(beside.building?.generation, 2)
  assert.equal(beside.version, BoxList.version)
  assert.deepEqual([beside.ready, beside.caughtUp, beside.unfolded], [true, false, undefined])
  const before = running.health()[0]
  assert.deepEqual([before?.ready, before?.caughtUp], [true, true])
})

test(
  "a view of a version that nobody folds any more is not ready, and says so",
  WITHIN,
  async (t) => {
    const { start, running } = await folding()
    let letGo = () => {}
    const held = new Promise<undefined>((resolve) => letGo = () => resolve(undefined))
    const next = start(Next, { save: () => held })
    t.after(() => {
      letGo()
      return next.stop()
    })
    assert.equal((await untilHealth(next, ({ building }) => building !== undefined)).ready, true)
    await running.stop()
    const alone = await untilHealth(next, ({ unfolded }) => unfolded !== undefined)
    assert.equal(alone.ready, false)
    assert.equal(
      alone.unfolded,
      `generation 1 of version ${BoxList.version} serves, and no process of that version folds it`,
    )
  },
)

test(
  "a context that is away fails only what reads it, and no beat waits for it",
  WITHIN,
  async (t) => {
    const { store, wire, feed, write, running } = await folding()
    await running.stop()
    let beats = 0
    let third = () => {}
    const failing = new Promise<void>((resolve) => third = resolve)
    const beat: Store["beat"] = (member) => {
      if (++beats === 3) third()
      return store.beat(member)
    }
    const away: Feed["stream"] = async (context) => {
      if (context !== "labels") return await feed.stream(context)
      // Like an unanswered request: it fails only after several beats.
      await failing
      throw new Error("labels has no leader")
    }
    const parts = { feed: { ...feed, stream: away }, store: { ...store, beat }, wire }
    const both = startProjections({ projections: [BoxList, LabelledBoxes], ...parts })
    t.after(() => both.stop())
    await until(() => both.health()[1]?.failure !== undefined)
    await write(entries(Boxes, "b-1", Put({ count: 1 })))
    await untilHealth(both, ({ positions }) => positions["boxes"] === 4)
    const [list, labelled] = both.health()
    assert.deepEqual([list?.ready, list?.failure], [true, undefined])
    assert.equal(labelled?.ready, false)
    assert.match(labelled?.failure ?? "", /labels has no leader/)
  },
)
