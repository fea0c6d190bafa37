/** Tests of commits: they are read as written, any language can read them, others are refused. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { decode, encode } from "./codec.ts"
import {
  ANCESTORS,
  type Commit,
  decodeCommit,
  encodeCommit,
  nextAncestors,
  type StoredEvent,
  timeOfCommit,
} from "./commit.ts"
import { Schema } from "effect"
import { scanVersions } from "./format/commit-versions.ts"
import { Contract, StoredProtobuf } from "../contracts/internal.ts"
import { Malformed } from "../contracts/errors.ts"

const event: StoredEvent = {
  type: "Placed",
  schema: 1,
  data: { customer: "ada", lines: [{ quantity: 64 }] },
  command: "c-1",
  time: 1_790_000_000_000,
}
const full: StoredEvent = {
  ...event,
  correlation: "c-0",
  causation: "orders:7",
  principal: "ada",
  traceparent: "00-1-2-01",
}
const commit: Commit = { base: 3, ancestors: [1, 2, 5], events: [event, full] }

test("a commit is read as it was written, with its sequence", () => {
  assert.deepEqual(decodeCommit(encodeCommit(commit), 12), { ...commit, sequence: 12 })
})

test("the versions of a commit's events are found without reading the rest of it", () => {
  const all = ({ events }: Commit) => events.map(({ type, schema }) => ({ type, schema }))
  const long = "x".repeat(70_000)
  const values = [
    0,
    127,
    128,
    255,
    256,
    65_536,
    2 ** 32,
    2 ** 52,
    -1,
    -33,
    -200,
    -40_000,
    -(2 ** 31),
  ]
  const data = {
    ...{ type: "Other", schema: 9, events: [{ type: "Inner", schema: 7 }], long, values },
    ...{
      half: 0.5,
      yes: true,
      no: false,
      nothing: null,
      empty: "",
      snow: "☃",
      list: new Array(300),
    },
    ...{ wide: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${at}`, at])) },
  }
  const many = Array.from({ length: 20 }, (_, at) => ({
    ...{ ...event, type: `Placed${"A".repeat(at * 3)}`, schema: [1, 127, 128, 300][at % 4]!, data },
  }))
  const ancestors = Array.from({ length: ANCESTORS }, (_, at) => at * 70_000 + 1)
  for (const each of [commit, { base: 70_000, ancestors, events: many }]) {
    const bytes = encodeCommit(each)
    assert.deepEqual(scanVersions(bytes), all(each))
    // What is cut short or is something else is not taken for a commit.
    const step = Math.max(1, Math.floor(bytes.length / 500))
    for (let cut = 0; cut < bytes.length; cut += step) {
      assert.equal(scanVersions(bytes.slice(0, cut)), undefined, `cut at ${cut}`)
    }
  }
  for (const bytes of [[], [0xc1], [0x80], [0x93, 1, 2, 3], [0x81, 0xa1, 0x61, 0xd4, 1, 1]]) {
    assert.equal(scanVersions(Uint8Array.from(bytes)), undefined)
  }
  assert.equal(scanVersions(encode("json", commit)), undefined)
})

test("a commit consists of plain maps: its first byte and its names are visible", () => {
  const bytes = encodeCommit(commit)
  assert.equal(bytes[0], 0x83)
  assert.deepEqual(decode("msgpack", bytes), commit)
  const text = new TextDecoder().decode(bytes)
  for (const name of ["base", "ancestors", "events", "customer", "quantity"]) {
    assert.ok(text.includes(name), name)
  }
  assert.equal(text.split("quantity").length, 3)
})

test("a commit with refusals needs no events", () => {
  const rejection = { type: "Closed", data: { since: 1 } }
  const refusal = { command: "c-1", content: "x", deadline: 5, version: 3, time: 4 }
  const refusals = [{ ...refusal, rejection }, refusal]
  for (const events of [[], [event]]) {
    const refusing: Commit = { base: 3, ancestors: [1], events, refusals }
    assert.deepEqual(decodeCommit(encodeCommit(refusing), 12), { ...refusing, sequence: 12 })
  }
  assert.equal(timeOfCommit({ base: 3, ancestors: [1], events: [], refusals }), 4)
  assert.equal(timeOfCommit(commit), event.time)
})

test("a commit with fields from a later version is still read", () => {
  const later = encode("msgpack", { ...commit, later: 1, events: [{ ...event, later: 1 }] })
  assert.equal(decodeCommit(later, 7).base, 3)
})

test("a message that is not a commit is malformed, and the error names its sequence", () => {
  const bad: unknown[] = [
    ...[null, 1, "text", [], {}, { base: 0 }],
    ...[-1, 0.5, "0", null, undefined, NaN].map((base) => ({ ...commit, base })),
    ...[undefined, {}, [-1], ["1"], [null], [7], [8], [2, 1], [1, 1]].map((ancestors) => ({
      ...commit,
      ancestors,
    })),
    ...[undefined, {}, [], [null], [1], [[]], ["text"]].map((events) => ({ ...commit, events })),
    ...[{}, [], [null], [1], [{}], [{ command: 1, content: "x", deadline: 1, version: 1, time: 1 }]]
      .map((
        refusals,
      ) => ({
        ...commit,
        refusals,
      })),
    ...["type", "schema", "command", "time"].map((name) => ({
      ...commit,
      events: [event, { ...event, [name]: null }],
    })),
    ...[0, -1, 1.5].map((schema) => ({ ...commit, events: [{ ...event, schema }] })),
    ...["correlation", "causation", "principal", "traceparent"].map((name) => ({
      ...commit,
      events: [{ ...event, [name]: 1 }],
    })),
  ]
  assert.equal(decodeCommit(encode("msgpack", commit), 7).base, 3)
  for (const each of bad) {
    assert.throws(() => decodeCommit(encode("msgpack", each), 7), (error) => {
      return error instanceof Malformed && /sequence 7/.test(error.message)
    }, JSON.stringify(each))
  }
})

test("a commit with too many ancestors is malformed", () => {
  const ancestors = Array.from({ length: ANCESTORS + 1 }, (_, index) => index + 1)
  const bytes = (given: number[]) => encode("msgpack", { ...commit, ancestors: given })
  assert.throws(() => decodeCommit(bytes(ancestors), 100), Malformed)
  assert.equal(decodeCommit(bytes(ancestors.slice(1)), 100).ancestors.length, ANCESTORS)
})

test("foreign bytes are malformed", () => {
  const utf8 = new TextEncoder()
  const whole = encodeCommit(commit)
  for (
    const bytes of [
      new Uint8Array(),
      utf8.encode('{"stream":"orders"}'),
      utf8.encode("text"),
      new Uint8Array(1_000).fill(0x91),
      new Uint8Array(200_000).fill(0x91),
      whole.subarray(0, whole.length - 1),
      whole.subarray(1),
    ]
  ) assert.throws(() => decodeCommit(bytes, 7), Malformed)
})

test("ancestors grow to 32, and then the oldest is dropped", () => {
  let ancestors: number[] = []
  for (let sequence = 1; sequence <= 100; sequence++) {
    const before = [...ancestors]
    const next = nextAncestors(ancestors, sequence)
    assert.deepEqual(ancestors, before)
    ancestors = next
    assert.equal(ancestors.length, Math.min(sequence, ANCESTORS))
    assert.equal(ancestors.at(-1), sequence)
  }
  assert.deepEqual(ancestors, Array.from({ length: ANCESTORS }, (_, index) => 69 + index))
})

const Parcels = Contract.define("post.parcel", {
  commands: {},
  events: {
    Placed: { customer: Schema.String, at: Schema.Date, note: Schema.optional(Schema.String) },
  },
  rejections: {},
  protobuf: {
    messages: {
      Placed: {
        fields: [
          { number: 1, name: "customer", kind: "string" },
          { number: 2, name: "at", kind: "timestamp" },
          { number: 3, name: "note", kind: "string" },
        ],
      },
    },
  },
  stored: "protobuf",
})

const at = "2026-11-28T23:59:59.999Z"

test("a commit of a contract that is stored as Protobuf is read like any other", () => {
  const content = 2 ** 53 - 1
  const placed = { ...full, data: { customer: "ada", at }, content, imported: true as const }
  // A field that is undefined instead of absent would be absent afterwards.
  const exact = { ...event, data: { customer: "", at, note: null } }
  const refusal = { command: "c-1", content: "x", deadline: 5, version: 3, time: 4 }
  const rejection = { type: "Closed", data: { since: 1, by: [null] } }
  const refusals = [refusal, { ...refusal, sequence: 2, rejection }]
  for (
    const given of [{ events: [placed, exact] }, { events: [], refusals }, {
      events: [placed],
      refusals,
    }]
  ) {
    for (const [base, ancestors] of [[0, []], [70_000, [1, 2, 69_999]]] as const) {
      const written: Commit = { base, ancestors, ...given }
      const bytes = encodeCommit(written, Parcels)
      assert.ok(bytes[0]! < 0x80)
      const { events, ...read } = decodeCommit(bytes, 70_001)
      const plain = events.map((each) => ({ ...each, data: Parcels.codec.fields(each) }))
      assert.deepEqual({ ...read, events: plain }, { ...written, sequence: 70_001 })
    }
  }
  const { events: [stored, other] } = decodeCommit(
    encodeCommit({ base: 0, ancestors: [], events: [placed, exact] }, Parcels),
    1,
  )
  assert.ok(stored?.data instanceof StoredProtobuf && !(other?.data instanceof StoredProtobuf))
})

test("what Protobuf cannot carry is stored as MessagePack", () => {
  const broken: Commit = { ...commit, events: [{ ...event, command: "\ud800" }] }
  assert.ok(encodeCommit(broken, Parcels)[0]! >= 0x80)
})

test("a commit in Protobuf that is cut off or garbled is refused", () => {
  const bytes = encodeCommit(
    { ...commit, events: [{ ...full, data: { customer: "ada", at } }] },
    Parcels,
  )
  for (let length = 1; length < bytes.length; length++) {
    assert.throws(() => decodeCommit(bytes.subarray(0, length), 12), Malformed)
  }
  const refused = (text: string) => (error: unknown) => {
    assert.ok(error instanceof Malformed)
    return error.message.includes(text)
  }
  const garbled = Uint8Array.from([0x0a, ...bytes.subarray(1)])
  assert.throws(
    () => decodeCommit(garbled, 7),
    refused("sequence 7 is not a commit: it is neither"),
  )
})
