/** What a batch of the log does to the rows that it touches. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Schema } from "effect"
import { encodeCommit, logSubject, type Message } from "../contracts/mod.ts"
import {
  Boxes,
  BoxList,
  Emptied,
  LabelledBoxes,
  Labels,
  Put,
  Removed,
  Stuck,
} from "./boxes.suite.ts"
import { foldEvents, FoldFailure, keyedEvents } from "./fold.ts"
import { Projection } from "./mod.ts"
import { box } from "./store.suite.ts"

const commit = (sequence: number, id: string, ...events: Message<"event">[]) => ({
  context: "boxes",
  subject: logSubject(Boxes.name, id),
  sequence,
  time: 0,
  payload: encodeCommit({
    base: 0,
    ancestors: [],
    events: events.map((event) => ({ ...Boxes.codec.plain(event), command: "c", time: 0 })),
  }),
})

test("several events of a row give one change, and begin with what was loaded", () => {
  const events = keyedEvents(BoxList, [commit(5, "a", Put({ count: 1 }), Put({ count: 2 }))])
  const { upserts, deletes } = foldEvents(BoxList, events, new Map([["a", box("a", 10)]]))
  assert.deepEqual(upserts, [{ id: "a", count: 13, puts: 3, last: 5 }])
  assert.deepEqual(deletes, [])
})

test("a row that comes and goes within a batch is neither written nor deleted", () => {
  const events = keyedEvents(BoxList, [commit(1, "a", Put({ count: 1 }), Removed())])
  assert.deepEqual(foldEvents(BoxList, events, new Map()), { upserts: [], deletes: [] })
})

test("a row that was there is deleted, and one that comes back is written", () => {
  const loaded = new Map([["a", box("a", 10)]])
  const gone = keyedEvents(BoxList, [commit(1, "a", Removed())])
  assert.deepEqual(foldEvents(BoxList, gone, loaded), { upserts: [], deletes: ["a"] })
  const back = keyedEvents(BoxList, [commit(1, "a", Removed(), Put({ count: 1 }))])
  const row = { id: "a", count: 1, puts: 1, last: 1 }
  assert.deepEqual(foldEvents(BoxList, back, loaded), { upserts: [row], deletes: [] })
})

test("a handler that has nothing to say of a row that is not there makes none", () => {
  const events = keyedEvents(BoxList, [commit(1, "a", Emptied())])
  assert.deepEqual(foldEvents(BoxList, events, new Map()), { upserts: [], deletes: [] })
})

test("an event is keyed by its actor, or as the projection says", () => {
  const stuck = Stuck({ box: "b", text: "x" })
  const message = {
    ...commit(1, "a"),
    subject: logSubject(Labels.name, "l"),
    payload: encodeCommit({
      base: 0,
      ancestors: [],
      events: [{ ...Labels.codec.plain(stuck), command: "c", time: 0 }],
    }),
  }
  const keys = keyedEvents(LabelledBoxes, [message, commit(2, "a", Put({ count: 1 }))])
  assert.deepEqual(keys.map(({ key }) => key), ["b", "a"])
})

test("a message that is no commit is an error that says where it is", () => {
  const broken = { ...commit(9, "a"), payload: new Uint8Array([0xc1]) }
  assert.throws(
    () => keyedEvents(BoxList, [broken]),
    (error) => error instanceof FoldFailure && /boxes:9/.test(error.message),
  )
})

test("a row under another key, or not as its schema says, is an error that names the event", () => {
  const bad = (row: object) => {
    const projection = { ...BoxList, fold: () => row }
    foldEvents(projection, keyedEvents(projection, [commit(3, "a", Put({ count: 1 }))]), new Map())
  }
  assert.throws(() => bad(box("b", 1)), /Put of boxes.box a at boxes:3.*whose id is "b"/)
  assert.throws(() => bad({ ...box("a", 1), count: "x" }), /Put of boxes.box a at boxes:3.*count/)
})

test("a key that no database can hold is the same key each time", () => {
  const odd = "a\u0000\ud800"
  const projection = Projection.define("boxes.odd", {
    from: [Boxes],
    row: { id: Schema.String, count: Schema.Int },
    key: { column: "id", of: () => odd },
    on: { Put: (row) => ({ id: odd, count: (row?.count ?? 0) + 1 }) },
  })
  const events = keyedEvents(projection, [commit(1, "a", Put({ count: 1 }))])
  const first = foldEvents(projection, events, new Map())
  const row = { id: "a\ufffd\ufffd", count: 1 }
  assert.deepEqual(first.upserts, [row])
  const second = foldEvents(projection, events, new Map([[row.id, row]]))
  assert.deepEqual(second.upserts, [{ ...row, count: 2 }])
})
