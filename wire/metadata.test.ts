/** Tests of metadata: every member travels from headers to handlers, and old logs can be read. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Contract } from "../contracts/contract.ts"
import { decodeCommit, encodeCommit, type StoredEvent } from "./commit.ts"
import { readEnvelope, writeEnvelope } from "./envelope.ts"
import { HEADER } from "./header.ts"
import {
  followingMetadata,
  type Metadata,
  METADATA_HEADER,
  METADATA_NAMES,
  metadataFromOutside,
  storeMetadata,
} from "./metadata.ts"
import { recordedEvents } from "./recorded-event.ts"

const Accounts = Contract.define("bank.account", {
  commands: {},
  events: { Deposited: { amount: Schema.Int } },
})

/** Metadata with a different text for each member. */
const every = {
  ...Object.fromEntries(METADATA_NAMES.map((name) => [name, `${name}-1`])),
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "tracestate=1",
  baggage: "baggage=1",
} as { readonly [Name in keyof Metadata]-?: string }

const stored = (metadata: Metadata): StoredEvent => {
  const event: StoredEvent = {
    type: "Deposited",
    schema: 1,
    data: { amount: 1 },
    command: "c-1",
    time: 5,
  }
  storeMetadata(metadata, "c-1", event)
  return event
}

const metadataIn = (from: Metadata) =>
  Object.fromEntries(
    METADATA_NAMES.flatMap((name) => from[name] === undefined ? [] : [[name, from[name]]]),
  )

test("every member travels from a caller through headers and the log to a handler", () => {
  const envelope = readEnvelope(writeEnvelope({ ...every, commandId: "c-1" }, 0), 0)
  assert.deepEqual(metadataIn(envelope), every)
  const bytes = encodeCommit({ base: 0, ancestors: [], events: [stored(envelope)] })
  const [recorded] = recordedEvents(Accounts, "a-1", decodeCommit(bytes, 7))
  assert.deepEqual(metadataIn(recorded!.meta), every)
  const following = followingMetadata(recorded!.meta, "bank:7")
  assert.deepEqual(following, { ...every, causation: "bank:7" })
})

test("a stored event with a member that is not a text is malformed", () => {
  for (const name of METADATA_NAMES) {
    const event = { ...stored(every), [name]: 1 } as unknown as StoredEvent
    const bytes = encodeCommit({ base: 0, ancestors: [], events: [event] })
    assert.throws(() => decodeCommit(bytes, 7), /the message at sequence 7 is not a commit/, name)
  }
})

test("a member that is absent stays absent, and a command is its own correlation", () => {
  const envelope = readEnvelope(writeEnvelope({ commandId: "c-1" }, 0), 0)
  assert.deepEqual(Object.keys(envelope), ["id", "correlation", "deadline"])
  const event = stored(envelope)
  assert.deepEqual(Object.keys(event), ["type", "schema", "data", "command", "time"])
  const [recorded] = recordedEvents(Accounts, "a-1", {
    ...{ base: 0, ancestors: [], events: [event], sequence: 7 },
  })
  assert.deepEqual(metadataIn(recorded!.meta), { correlation: "c-1" })
  assert.deepEqual(followingMetadata(recorded!.meta, "bank:7"), {
    ...{ correlation: "c-1", causation: "bank:7" },
  })
})

test("a trace context that W3C calls malformed is left out, and changes nothing else", () => {
  const [trace, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]
  const read = (traceparent: string) =>
    readEnvelope({ [HEADER.correlation]: "c", traceparent }, 0).traceparent
  const written = (traceparent: string) => writeEnvelope({ traceparent }, 0).traceparent
  for (
    const good of [
      `00-${trace}-${parent}-01`,
      `00-${trace}-${parent}-ff`,
      `01-${trace}-${parent}-00`,
    ]
      .concat(`cc-${trace}-${parent}-00-what-comes-later`)
  ) assert.deepEqual([read(good), written(good)], [good, good])
  const bad = [
    ...["", "not a trace", "garbage", "00-1-2-01", `00-${trace}-${parent}`, "\u00e9"],
    ...[`ff-${trace}-${parent}-01`, `00-${trace}-${parent}-01-more`, `00-${trace}-${parent}-1`],
    ...[`00-${"0".repeat(32)}-${parent}-01`, `00-${trace}-${"0".repeat(16)}-01`],
    ...[`00-${trace.toUpperCase()}-${parent}-01`, `00-${trace}-${parent}-01, 00-${trace}`],
    ...[`cc-${trace}-${parent}-01x`, `cc-${trace}-${parent}-01-${"x".repeat(256)}`],
    ...[`00-${trace}-${parent}-01\r\nLeftfold-Principal: root`],
  ]
  for (const each of bad) {
    assert.deepEqual([read(each), written(each)], [undefined, undefined], each)
  }
})

test("a request from outside may give every member but a principal", () => {
  const asked: string[] = []
  const given = metadataFromOutside((header) => {
    asked.push(header)
    return "x"
  })
  const { principal: _, ...others } = METADATA_HEADER
  assert.deepEqual(asked, Object.values(others))
  assert.deepEqual(Object.keys(given), Object.keys(others))
})

test("a malformed or overlong trace state or baggage is left out, and costs no time", () => {
  const { traceparent } = every
  const state = (tracestate: string) => readEnvelope({ traceparent, tracestate }, 0).tracestate
  const baggage = (baggage: string) => readEnvelope({ baggage }, 0).baggage
  const written = (given: string) => {
    const headers = writeEnvelope({ traceparent, tracestate: given, baggage: given }, 0)
    return [headers.tracestate, headers.baggage]
  }
  for (const good of ["a=1", "a=1,b=2", "a=1 , b=2", "0a@v=x y;z", `a=${"x".repeat(255)}`]) {
    assert.equal(state(good), good)
  }
  for (const good of ["a=1", "a=1,b=2", "a = 1;p=2;q", "a=%20", `a=${"x".repeat(1_000)}`]) {
    assert.equal(baggage(good), good)
  }
  const entries = (count: number) => Array.from({ length: count }, (_, at) => `k${at}=1`).join(",")
  assert.equal(state(entries(32)), entries(32))
  assert.equal(baggage(entries(64)), entries(64))
  const large = `a=${"x".repeat(1_100)}`
  const long = "a=1," + "b= ".repeat(200_000) + "\u0000"
  const bad = ["", "=", "a", "a=1,", "a=1,,b=2", "\u00e9=1", "a=\u00e9", "a=1\r\nX: 1", long]
  const begun = performance.now()
  for (const each of bad) {
    assert.deepEqual([state(each), baggage(each)], [undefined, undefined], each.slice(0, 20))
    assert.deepEqual(written(each), [undefined, undefined], each.slice(0, 20))
  }
  for (const each of ["a=" + " ".repeat(500) + "=", "a" + ",a= ".repeat(120) + "="]) state(each)
  assert.ok(performance.now() - begun < 500)
  assert.deepEqual([state(entries(33)), state(`a=${"x".repeat(600)}`)], [undefined, undefined])
  assert.deepEqual([baggage(entries(65)), baggage(large)], [
    undefined,
    undefined,
  ])
  assert.equal(readEnvelope({ tracestate: "a=1" }, 0).tracestate, undefined, "without its context")
})

/** Three commits' worth of events as an earlier version wrote them: all, some and no metadata. */
const WRITTEN_BEFORE = "83a46261736502a9616e636573746f72739107a66576656e74739386a474797065a94465" +
  "706f7369746564a6736368656d6101a46461746181a6616d6f756e7401a7636f6d6d616e64a3632d31a7636f6e74" +
  "656e74cb432abb2e776e0928a474696d65cd03e88aa474797065a94465706f7369746564a6736368656d6101a464" +
  "61746181a6616d6f756e7402a7636f6d6d616e64a3632d32a7636f6e74656e74cb4333b0e95506dae4a474696d65" +
  "cd03e8ab636f7272656c6174696f6ea9726571756573742d31a9636175736174696f6ea86f72646572733a37a970" +
  "72696e636970616ca3616461ab7472616365706172656e74a930302d312d322d303187a474797065a94465706f73" +
  "69746564a6736368656d6101a46461746181a6616d6f756e7403a7636f6d6d616e64a3632d33a7636f6e74656e74" +
  "cb4335b212e07ffe91a474696d65cd03e8a97072696e636970616ca3626f62"

/** The same with whole numbers of more than 32 bits as integers; earlier, they were floats. */
const WRITTEN_NOW = WRITTEN_BEFORE.replaceAll(/(?<=a7636f6e74656e74)cb(.{16})/g, (_, float) => {
  const whole = BigInt(Buffer.from(float, "hex").readDoubleBE())
  return `cf${whole.toString(16).padStart(16, "0")}`
})

test("a log of an earlier version is read, and is written the same byte for byte", () => {
  const commit = decodeCommit(Buffer.from(WRITTEN_BEFORE, "hex"), 8)
  const metas = recordedEvents(Accounts, "a-1", commit).map(({ meta }) => meta)
  assert.deepEqual(metas.map(({ commandId, correlation }) => [commandId, correlation]), [
    ["c-1", "c-1"],
    ["c-2", "request-1"],
    ["c-3", "c-3"],
  ])
  assert.deepEqual(metadataIn(metas[1]!), {
    ...{ correlation: "request-1", causation: "orders:7", principal: "ada" },
    traceparent: "00-1-2-01",
  })
  assert.deepEqual([metas[0]?.principal, metas[2]?.principal], [undefined, "bob"])
  const again = commit.events.map((event, index) => {
    const { type, schema, data, command, content, time } = event
    const copy: StoredEvent = { type, schema, data, command, content: content!, time }
    storeMetadata(metas[index]!, command, copy)
    return copy
  })
  const { base, ancestors } = commit
  assert.equal(
    Buffer.from(encodeCommit({ base, ancestors, events: again })).toString("hex"),
    WRITTEN_NOW,
  )
})
