/** Tests of what a batch of the log does to the rows that it touches. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { encodeCommit, logSubject } from "../../wire/internal.ts"
import { Contract, type Message } from "../../contracts/internal.ts"
import {
  Boxes,
  BoxList,
  Emptied,
  LabelledBoxes,
  Labels,
  Put,
  Removed,
  Stuck,
} from "../fixtures/boxes.ts"
import type { FeedMessage } from "../log/feed.ts"
import { foldEvents, type KnownRows, knownRows } from "./fold.ts"
import { keyed, keyedEvents } from "./keyed-event.ts"
import { type FoldedProjection, type PlainRow, Projection } from "../projection.ts"
import { box } from "../fixtures/stored.ts"

const commit = (sequence: number, id: string, ...events: Message<"event">[]) => ({
  context: "boxes",
  subject: logSubject(Boxes.name, id),
  sequence,
  time: 0,
  payload: encodeCommit({
    base: 0,
    ancestors: [],
    events: events.map((event) => {
      const { codec } = event.type === "Stuck" ? Labels : Boxes
      return { ...codec.plain(event), command: "c", time: 0 }
    }),
  }),
})

/** What is known after loading these rows. */
const loaded = (...rows: PlainRow[]) => {
  const byKey = new Map(rows.map((row) => [String(row.id), row]))
  return knownRows([...byKey.keys()], { rows: byKey, parked: new Map() })
}

const fold = (
  projection: FoldedProjection,
  messages: readonly FeedMessage[],
  known: KnownRows = new Map(),
) => {
  const { known: _, ...changes } = foldEvents(projection, keyedEvents(projection, messages), known)
  const parked = changes.parked.map(({ parkedAt: __, ...event }) => event)
  return { ...changes, parked }
}

const nothing = { upserts: [], deletes: [], parked: [] }

test("several events of a row give one change, and begin with what was loaded", () => {
  const put = commit(5, "a", Put({ count: 1 }), Put({ count: 2 }))
  const upserts = [{ id: "a", count: 13, puts: 3, last: 5 }]
  assert.deepEqual(fold(BoxList, [put], loaded(box("a", 10))), { ...nothing, upserts })
})

test("a row that comes and goes within a batch is neither written nor deleted", () => {
  assert.deepEqual(fold(BoxList, [commit(1, "a", Put({ count: 1 }), Removed())]), nothing)
})

test("a row that was there is deleted, and one that comes back is written", () => {
  const known = loaded(box("a", 10))
  assert.deepEqual(fold(BoxList, [commit(1, "a", Removed())], known), {
    ...nothing,
    deletes: ["a"],
  })
  const back = commit(1, "a", Removed(), Put({ count: 1 }))
  const row = { id: "a", count: 1, puts: 1, last: 1 }
  assert.deepEqual(fold(BoxList, [back], known), { ...nothing, upserts: [row] })
})

test("a handler that has nothing to say of a row that is not there makes none", () => {
  assert.deepEqual(fold(BoxList, [commit(1, "a", Emptied())]), nothing)
})

test("what is known after a batch is what the next one begins with", () => {
  const batches = [[Put({ count: 1 })], [Put({ count: 2 })], [Removed()], [Put({ count: 4 })]]
  let known: KnownRows = new Map()
  const changes = batches.map((events, index) => {
    const folded = foldEvents(BoxList, keyedEvents(BoxList, [commit(index, "a", ...events)]), known)
    known = folded.known
    return [folded.upserts.map(({ count }) => count), folded.deletes]
  })
  assert.deepEqual(changes, [[[1], []], [[3], []], [[], ["a"]], [[4], []]])
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

const parkedPut = (key: string, sequence: number, index: number, error?: string) => ({
  key,
  context: "boxes",
  sequence,
  index,
  type: "Put",
  actor: `boxes.box/${key}`,
  error,
})

const Fragile = Projection.define("boxes.fragile", {
  from: [Boxes],
  row: { id: Schema.String, count: Schema.Int.check(Schema.isLessThan(100)) },
  key: "id",
  on: {
    Put: (row, { count }, { id }) => {
      if (count === 13) throw new Error("not this one")
      return { id, count: (row?.count ?? 0) + count }
    },
  },
})

test("an event that throws parks its key and what comes later; other rows flow", () => {
  const messages = [
    commit(1, "a", Put({ count: 1 }), Put({ count: 13 }), Put({ count: 2 })),
    commit(2, "b", Put({ count: 5 })),
    commit(3, "a", Put({ count: 3 })),
  ]
  assert.deepEqual(fold(Fragile, messages), {
    upserts: [{ id: "a", count: 1 }, { id: "b", count: 5 }],
    deletes: [],
    parked: [
      parkedPut("a", 1, 1, "Error: not this one"),
      parkedPut("a", 1, 2),
      parkedPut("a", 3, 0),
    ],
  })
})

test("a row that is not as its schema says parks its key, at that very event", () => {
  const puts = [60, 50, -50].map((count) => Put({ count }))
  const whole = fold(Fragile, [commit(1, "a", ...puts)])
  assert.deepEqual(whole.upserts, [{ id: "a", count: 60 }])
  assert.deepEqual(whole.parked.map(({ index }) => index), [1, 2])
  assert.match(whole.parked[0]?.error ?? "", /less than 100 at count/)
})

test("a row under another key parks it", () => {
  const astray = { ...Fragile, fold: () => ({ id: "b", count: 1 }) }
  const { parked, upserts } = fold(astray, [commit(1, "a", Put({ count: 1 }))])
  assert.match(parked[0]?.error ?? "", /returned a row whose id is "b"/)
  assert.deepEqual(upserts, [])
})

test("what comes after a key was parked waits, and leaves the row alone", () => {
  const first = { context: "boxes", sequence: 1, index: 0 }
  const rows = new Map([["a", { id: "a", count: 1 }]])
  const known = knownRows(["a"], { rows, parked: new Map([["a", first]]) })
  const folded = fold(Fragile, [commit(5, "a", Put({ count: 1 }))], known)
  assert.deepEqual(folded, { ...nothing, parked: [parkedPut("a", 5, 0)] })
})

test("an event that is not as its contract says is parked, with what comes later", () => {
  const odd = { type: "Put", schema: 1, data: { count: "x" }, command: "c", time: 0 }
  const good = { ...Boxes.codec.plain(Put({ count: 1 })), command: "c", time: 0 }
  const events = [good, odd, good]
  const half = { ...commit(8, "b"), payload: encodeCommit({ base: 0, ancestors: [], events }) }
  const { upserts, parked } = fold(Fragile, [half, commit(10, "a", Put({ count: 1 }))])
  assert.deepEqual(upserts, [{ id: "b", count: 1 }, { id: "a", count: 1 }])
  assert.deepEqual(
    parked.map(({ key, sequence, index, error }) => [key, sequence, index, error !== undefined]),
    [["b", 8, 1, true], ["b", 8, 2, false]],
  )
  assert.match(parked[0]?.error ?? "", /count/)
})

test("messages that are no commits, or are of no actor, are told apart and hold up no row", () => {
  const payload = new Uint8Array([0xc1])
  const good = commit(4, "a", Put({ count: 1 }))
  const messages = [
    { ...commit(1, "a"), payload },
    { ...commit(2, "b", Put({ count: 2 })), subject: "evt.boxes.box.*.b" },
    { ...commit(3, "b", Put({ count: 2 })), subject: "evt.boxes.box.0.b" },
    good,
    { ...commit(5, "c"), payload, subject: "evt.boxes.other.0.c" },
    { ...commit(6, "a"), payload, subject: "evt.boxes._skips.1" },
    { ...commit(7, "a"), payload, subject: "evt.boxes" },
    { ...commit(8, "x"), payload, subject: "evt.boxes.box.1.b.c" },
    { ...commit(9, "x"), payload, subject: "evt.boxes.box" },
  ]
  const { events, unreadable } = keyed(Fragile, messages)
  assert.deepEqual(events.map(({ source }) => source), [good])
  assert.deepEqual(unreadable.map(({ sequence }) => sequence), [1, 2, 3, 8])
  assert.match(unreadable[0]?.reason ?? "", /^Malformed: the message at sequence 1 is not a commit/)
  assert.match(unreadable[1]?.reason ?? "", /this subject belongs to no actor/)
  const skipped = new Set(["boxes:1:-1", "boxes:4:-1"])
  assert.deepEqual(keyed(Fragile, messages, skipped).events, [])
  assert.deepEqual(keyed(Fragile, messages, skipped).unreadable.map((m) => m.sequence), [2, 3, 8])
})

const Stickers = Projection.define("boxes.stickers", {
  from: [Labels],
  row: { box: Schema.String, texts: Schema.Array(Schema.String) },
  key: {
    column: "box",
    of: ({ data }) => {
      if (data.text === "torn") throw new Error("unreadable")
      return data.box
    },
  },
  on: { Stuck: (row, { box, text }) => ({ box, texts: [...row?.texts ?? [], text] }) },
})

test("an event without a key parks its actor, whose later events wait and no others", () => {
  const stuck = (sequence: number, id: string, text: string) => ({
    ...commit(sequence, id, Stuck({ box: "b", text })),
    subject: logSubject(Labels.name, id),
    context: "labels",
  })
  const messages = [stuck(1, "l", "one"), stuck(2, "l", "torn"), stuck(3, "m", "two")]
  const all = [...messages, stuck(4, "l", "three")]
  const { upserts, parked } = fold(Stickers, all)
  assert.deepEqual(upserts, [{ box: "b", texts: ["one", "two"] }])
  assert.deepEqual(
    parked.map(({ key, sequence, error }) => [key, sequence, error]),
    [["actor:labels.label/l", 2, "Error: unreadable"], ["actor:labels.label/l", 4, undefined]],
  )
})

test("what was said to be skipped is skipped", () => {
  const messages = [commit(1, "a", Put({ count: 1 }), Put({ count: 13 }), Put({ count: 2 }))]
  const events = keyedEvents(Fragile, messages, new Set(["boxes:1:1"]))
  const { upserts, parked } = foldEvents(Fragile, events, new Map())
  assert.deepEqual([upserts, parked], [[{ id: "a", count: 3 }], []])
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
  const second = foldEvents(projection, events, loaded(row))
  assert.deepEqual(second.upserts, [{ ...row, count: 2 }])
})

test("events that one stored event became are folded into a row together, or not at all", () => {
  const Today = Contract.define(Boxes.name, {
    commands: {},
    events: { Filled: { count: Schema.Int }, Counted: {}, Marked: { label: Schema.String } },
    upcasts: {
      Put: [{
        becomes: {
          Filled: ({ count }) => ({ count }),
          Marked: ({ count }) => ({ label: `of-${count}` }),
          Counted: () => ({}),
        },
      }],
    },
  })
  const row = { id: Schema.String, count: Schema.Int, puts: Schema.Int }
  const projection = Projection.define("boxes.today", {
    from: [Today],
    row,
    key: {
      column: "id",
      of: ({ type, data }, { id }) => {
        if (type === "Marked" && data.label === "of-5") throw new Error("no key")
        return type === "Marked" ? data.label : id
      },
    },
    on: {
      Filled: (row, { count }, { id }) => ({ id, puts: 0, ...row, count }),
      Counted: (row) => {
        if (!row || row.count > 8) throw new Error("too many")
        return { ...row, puts: row.puts + 1 }
      },
      Marked: (_row, { label: id }) => ({ id, count: 0, puts: 0 }),
    },
  })
  const puts = [["a", 7], ["a", 9], ["b", 5]] as const
  const messages = puts.map(([id, count], at) => commit(at + 1, id, Put({ count })))
  const { upserts, parked } = fold(projection, messages)
  assert.deepEqual(upserts, [
    { id: "a", count: 7, puts: 1 },
    { id: "of-7", count: 0, puts: 0 },
    { id: "of-9", count: 0, puts: 0 },
  ])
  // Where one of them has no key, all are parked, so that a retry folds each once.
  const places = parked.map(({ key, sequence, index }) => [key, sequence, index])
  assert.deepEqual(places, [["a", 2, 0], ["actor:boxes.box/b", 3, 0]])
})
