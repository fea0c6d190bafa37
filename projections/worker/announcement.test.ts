/**
 * Tests of announcements of changed rows; a starting worker announces that all may have changed.
 */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { MemoryLog, memoryWire, progressSubject } from "../../wire/internal.ts"
import {
  announce,
  announcementOf,
  hearAnnouncements,
  type ViewAnnouncement,
} from "./announcement.ts"
import { Boxes, BoxList, Put } from "../fixtures/boxes.ts"
import { ANNOUNCED_CHARACTERS, ANNOUNCED_KEYS } from "../limits.ts"
import { memoryStore } from "../store/store-memory.ts"
import { startProjections } from "./runner.ts"
import { entries, memoryWrittenLog } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

const listening = () => {
  const wire = memoryWire()
  const heard: ViewAnnouncement[] = []
  wire.serve(progressSubject(BoxList.name), ({ payload }) => {
    heard.push(announcementOf(payload))
  })
  return { wire, heard }
}

test("changed rows are named if they are few and known", async () => {
  const { wire, heard } = listening()
  const generation = {
    projection: BoxList.name,
    number: 1,
    version: "v",
    state: "serving",
  } as const
  const tell = (keys: readonly string[] | undefined) =>
    announce(wire, generation, 1, { lane: 0, revision: 1, positions: {} }, keys)
  const few = Array.from({ length: ANNOUNCED_KEYS }, (_, index) => `b-${index}`)
  const long = ["k".repeat(ANNOUNCED_CHARACTERS + 1)]
  for (const keys of [[], few, [...few, "one more"], long, undefined]) tell(keys)
  await Promise.resolve()
  assert.deepEqual(heard.map(({ keys, many }) => [keys, many]), [
    [[], undefined],
    [few, undefined],
    [undefined, true],
    [undefined, true],
    [undefined, true],
  ])
})

test("what is no announcement is not taken, and those after it are", async () => {
  const wire = memoryWire()
  const heard: ViewAnnouncement[] = []
  const serving = hearAnnouncements(wire, BoxList.name, (announcement) => heard.push(announcement))
  const right = {
    ...{ generation: 1, version: "v", state: "serving", lane: 1, lanes: 2, revision: 3 },
    positions: { boxes: 4 },
  }
  const wrong = [
    ...["", "{", "\x81", "null", "[]", '"x"', "{}", '{"type":"io.nats.jetstream.api.v1.pub_ack"}'],
    ...[
      ...[{ generation: -1 }, { version: 1 }, { state: null }, { lane: 2 }, { lanes: 1e9 }],
      ...[{ lane: "0" }, { revision: 1.5 }, { positions: [] }, { positions: { boxes: "4" } }],
      ...[{ keys: "a" }, { keys: [1] }, { keys: { length: 1 } }],
    ].map((fields) => JSON.stringify({ ...right, ...fields })),
  ]
  const tell = (text: string) =>
    wire.publish(progressSubject(BoxList.name), new TextEncoder().encode(text))
  for (const text of [...wrong, JSON.stringify(right)]) tell(text)
  await Promise.resolve()
  assert.deepEqual(heard, [right])
  serving.close()
})

test("a worker that begins says that any row may have changed, and then which have", async (t) => {
  const { wire, heard } = listening()
  const { feed, write } = memoryWrittenLog(new MemoryLog())
  await write(entries(Boxes, "a", Put({ count: 1 })))
  const begin = async () => {
    const since = heard.length
    const running = startProjections({ projections: [BoxList], feed, store, wire })
    t.after(() => running.stop())
    await until(() => heard.length >= since + BoxList.lanes)
    assert.ok(heard.slice(since, since + BoxList.lanes).every(({ many }) => many))
    return running
  }
  const store = memoryStore()
  const first = await begin()
  await until(() => heard.some(({ keys }) => keys?.includes("a")))
  await first.stop()
  await begin()
})
