/**
 * Tests that health reports a lane that cannot go on, for as long as it cannot, even if others do.
 */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import { until } from "../../testing/until.ts"
import { Boxes, BoxList, Put } from "../fixtures/boxes.ts"
import { entries, memoryWrittenLog } from "../fixtures/written-log.ts"
import { owns } from "../store/lane.ts"
import { memoryStore } from "../store/store-memory.ts"
import type { Store } from "../store/store.ts"
import { startProjections } from "./runner.ts"

test("a lane that fails is told without a break, and its view is not ready", async (t) => {
  const { feed, write } = memoryWrittenLog(new MemoryLog())
  const inner = memoryStore()
  let failing = true
  let refused = 0
  const store: Store = {
    ...inner,
    save: (generation, changes, before, after) => {
      if (!failing || !owns(before, "bad") || changes.upserts.length === 0) {
        return inner.save(generation, changes, before, after)
      }
      refused++
      return Promise.reject(new Error(`it cannot be written: ${refused % 2}`))
    },
  }
  const running = startProjections({ projections: [BoxList], feed, store, wire: memoryWire() })
  t.after(() => running.stop())
  await until(() => running.health()[0]?.caughtUp)
  const ids = Array.from({ length: 64 }, (_, index) => `b-${index}`)
  await write(entries(Boxes, "bad", Put({ count: 1 })))
  await until(() => running.health()[0]?.failure !== undefined)
  const since = running.health()[0]?.heldUpSince
  assert.ok(since !== undefined)
  const seen = new Set<string>()
  for (let round = 0; round < 20; round++) {
    await write(ids.flatMap((id) => entries(Boxes, id, Put({ count: 1 }))))
    const before = refused
    await until(() => {
      const [health] = running.health()
      seen.add(`${health?.ready} ${health?.caughtUp} ${health?.failure !== undefined}`)
      assert.equal(health?.heldUpSince, since)
      return refused > before || round > 5
    })
  }
  assert.deepEqual([...seen], ["false false true"])
  failing = false
  await until(() => running.health()[0]?.caughtUp)
  const [health] = running.health()
  assert.deepEqual([health?.ready, health?.failure, health?.heldUpSince], [
    true,
    undefined,
    undefined,
  ])
})
