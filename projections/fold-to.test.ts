/** What holds of folding the log again: it ends exactly where the lanes are, each slice its own. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { MemoryLog, sliceOf } from "../contracts/mod.ts"
import { BoxList } from "./boxes.suite.ts"
import { boxes, readFrom } from "./feed.suite.ts"
import { foldTo } from "./fold-to.ts"
import { keyedEvents } from "./keyed-event.ts"
import { hasFolded, type Lane, newLanes, owns, repartition } from "./lane.ts"
import type { PlainRow } from "./projection.ts"
import { folded } from "./working.suite.ts"
import { memoryWrittenLog } from "./written-log.suite.ts"

const at = (lane: Lane, boxes: number): Lane => ({ ...lane, positions: { boxes } })

const target = () => {
  const rows = new Map<string, PlainRow>()
  return {
    rows,
    load: (keys: readonly string[]) => {
      const found = keys.flatMap((key) => rows.has(key) ? [[key, rows.get(key)!] as const] : [])
      return Promise.resolve({ rows: new Map(found), parked: new Map() })
    },
    write: (changes: { upserts: readonly PlainRow[]; deletes: readonly string[] }) => {
      for (const row of changes.upserts) rows.set(String(row.id), row)
      for (const key of changes.deletes) rows.delete(key)
      return Promise.resolve()
    },
  }
}

test("each slice is folded up to where it is, in one go or in two", async () => {
  const { feed, write } = memoryWrittenLog(new MemoryLog())
  for (let round = 0; round < 4; round++) await write(boxes(100))
  const messages = await readFrom(feed, { boxes: 0 }, 400)
  const apart = newLanes(3).map((lane, index) => at(lane, [130, 400, 251][index]!))
  const lanes = repartition(apart, 2)
  const due = messages.filter((message) =>
    keyedEvents(BoxList, [message]).every(({ key }) => {
      const lane = lanes.find((each) => owns(each, key))!
      return hasFolded(lane, sliceOf(key), message.context, message.sequence)
    })
  )
  const expected = new Map([...folded(BoxList, due)].sort())
  const options = { projection: BoxList, feed, skipped: new Set<string>() }

  const once = target()
  await foldTo({ ...options, lanes }, once)
  assert.deepEqual(new Map([...once.rows].sort()), expected)

  const twice = target()
  const half = newLanes(5).map((lane, index) => at(lane, 20 * index))
  await foldTo({ ...options, lanes: half }, twice)
  await foldTo({ ...options, lanes, from: half }, twice)
  assert.deepEqual(new Map([...twice.rows].sort()), expected)
})

test("a view at the beginning of the log is folded from nothing", async () => {
  const { feed } = memoryWrittenLog(new MemoryLog())
  const nothing = target()
  await foldTo({ projection: BoxList, feed, skipped: new Set(), lanes: newLanes(2) }, nothing)
  assert.equal(nothing.rows.size, 0)
})
