/** Tests of lines: what is exported by an older release is what is imported again, all of it. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import {
  Contract,
  numbered,
  type ProtobufNumbers,
  shapeOfFields,
  StoredProtobuf,
} from "../../contracts/internal.ts"
import { test } from "../../testing/test.ts"
import { decodeCommit, encodeCommit, type StoredEvent } from "../../wire/internal.ts"
import { exportLine } from "./export-line.ts"
import { type EventLine, importLine } from "./import-line.ts"

const { String: Text, Int, optionalKey } = Schema

const NONE: ProtobufNumbers = { messages: {} }

/** A contract as the first release has it, and as the next one does: with two more fields. */
const release = (isNew: boolean, protobuf = NONE, stored: "msgpack" | "protobuf" = "msgpack") => {
  const item: Schema.Codec<object, unknown> = isNew
    ? Schema.Struct({ sku: Text, weight: optionalKey(Int) })
    : Schema.Struct({ sku: Text })
  return Contract.define("yard.pallet", {
    commands: {},
    events: {
      Packed: {
        to: Text,
        items: Schema.Array(item),
        ...(isNew ? { note: optionalKey(Text) } : {}),
      },
    },
    stored,
    protobuf,
  })
}

type Pallets = ReturnType<typeof release>

const numbersAfter = (contract: Pallets, before: ProtobufNumbers): ProtobufNumbers =>
  numbered(before, shapeOfFields(contract.codec.schemas("event").Packed!, "Packed"), 1)

const OLD = numbersAfter(release(false), NONE)
const NEW = numbersAfter(release(true), OLD)

const fields = { to: "ada", items: [{ sku: "a", weight: 3 }, { sku: "b" }], note: "fragile" }

/** What is stored of an event, by the code of a contract. */
const stored = (contract: Pallets, event: StoredEvent): StoredEvent => {
  const { codec } = contract
  const isProtobuf = event.data instanceof StoredProtobuf
  const as = isProtobuf ? { ...contract, stored: "protobuf" as const } : contract
  const commit = { base: 0, ancestors: [], events: [event] }
  const [read] = decodeCommit(encodeCommit(commit, as), 1).events
  assert.ok(codec.event(read!))
  return read!
}

const exported = (contract: Pallets, event: StoredEvent): string =>
  exportLine(contract, "p-1", { base: 0, ancestors: [], events: [event], sequence: 1 }, 0)

const imported = (contract: Pallets, text: string): StoredEvent => {
  const contracts = new Map([[contract.name, contract]])
  const options = { contracts, source: "test", now: Date.now() }
  const line = importLine({ number: 1, text, end: 0 }, options)
  assert.ok(line && "event" in line, JSON.stringify(line))
  return (line as EventLine).event
}

for (const kind of ["msgpack", "protobuf"] as const) {
  test(`an older release keeps what it does not know, in and out, stored as ${kind}`, () => {
    const today = release(true, NEW, kind)
    const before = release(false, OLD, kind)
    const event = { type: "Packed", schema: 1, data: fields, command: "c-1", time: 1_000 }
    const first = stored(today, event)
    const line = exported(before, first)
    assert.match(line, /"to":"ada"/)
    const again = stored(before, imported(before, line))
    assert.deepEqual(today.codec.fields(again), fields)
    // The line of the older release is read by the newer one, and says the same.
    assert.deepEqual(today.codec.fields(stored(today, imported(today, line))), fields)
    // Where others are stored in the other way, it is kept as well.
    const other = release(false, OLD, kind === "msgpack" ? "protobuf" : "msgpack")
    assert.deepEqual(today.codec.fields(stored(other, imported(other, line))), fields)
    assert.equal(
      exported(before, again).replace(/"time":"[^"]*",/, ""),
      line.replace(/"time":"[^"]*",/, ""),
    )
  })
}

test("bytes that are not the fields of their line are refused, and so is what is no base64", () => {
  const before = release(false, OLD)
  const today = release(true, NEW, "protobuf")
  const event = { type: "Packed", schema: 1, data: fields, command: "c-1", time: 1_000 }
  const line = JSON.parse(exported(before, stored(today, event)))
  const problem = (change: object): string => {
    const contracts = new Map([[before.name, before]])
    const text = JSON.stringify({ ...line, ...change })
    const read = importLine({ number: 1, text, end: 0 }, {
      contracts,
      source: "t",
      now: Date.now(),
    })
    return read && "problem" in read ? read.problem : "none"
  }
  assert.equal(problem({}), "none")
  assert.match(problem({ data: { ...line.data, to: "eve" } }), /does not hold the fields in data/)
  assert.match(problem({ data: { ...line.data, more: 1 } }), /does not hold the fields in data/)
  assert.match(problem({ protobuf: "%%" }), /base64/)
  assert.match(problem({ protobuf: "CgNhZ" }), /base64/)
  assert.match(problem({ protobuf: "/////w==" }), /Protobuf/)
  assert.match(problem({ protobuf: 7 }), /protobuf must be text/)
})
