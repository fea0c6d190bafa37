/** Tests of Protobuf: values come back as they were, numbers are never reused, the door holds. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import { Contract } from "../contract.ts"
import { schemaCodec } from "../schema/schema-codec.ts"
import { descriptorsOf } from "./descriptor.ts"
import { numbered } from "./numbering.ts"
import type { NumberedField, ProtobufNumbers } from "./numbers.ts"
import { type ProtobufLimits, readProtobuf, TooManyValues } from "./reader.ts"
import { shapeOfFields } from "./shape.ts"
import { StoredProtobuf } from "./stored-protobuf.ts"
import { NotCarried, writeProtobuf } from "./writer.ts"

type Fields = { readonly [name: string]: Schema.Codec<unknown, unknown> }

const NONE: ProtobufNumbers = { messages: {} }
const LIMITS: ProtobufLimits = { levels: 256, values: 20_000, own: false }

const numbersOf = (fields: Fields, before = NONE, version = 1) =>
  numbered(before, shapeOfFields(Schema.Struct(fields), "M"), version)

const descriptorOf = (numbers: ProtobufNumbers) => descriptorsOf(numbers).get("M")!

const through = (fields: Fields, plain: unknown) => {
  const descriptor = descriptorOf(numbersOf(fields))
  const bytes = writeProtobuf(descriptor, plain, { levels: 272, exact: true })
  return readProtobuf(descriptor, bytes, LIMITS)
}

class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {}

const Tree: Schema.Codec<object, unknown> = Schema.Struct({
  name: Schema.String,
  children: Schema.Array(Schema.suspend((): Schema.Codec<object, unknown> => Tree)),
})

const Payment = Schema.Union([
  Schema.TaggedStruct("Card", { last4: Schema.String }),
  Schema.TaggedStruct("Cash", {}),
])

/** For each kind of field: its schema, and typed values. */
const kinds: { readonly [what: string]: readonly [Schema.Codec<unknown, unknown>, ...unknown[]] } =
  {
    text: [Schema.String, "", "ada", "häß 🎉\u0000", "x".repeat(300)],
    "a whole number": [
      Schema.Int,
      ...[
        0,
        1,
        -1,
        127,
        128,
        2 ** 31,
        -(2 ** 31),
        2 ** 32,
        -(2 ** 32) - 1,
        2 ** 53 - 1,
        1 - 2 ** 53,
      ],
    ],
    "a number": [Schema.Number, 0, -0, 0.1, 1e300, -1e-300, Infinity, -Infinity, Number.NaN],
    "true or false": [Schema.Boolean, true, false],
    "a literal": [Schema.Literals(["a", "b"]), "a", "b"],
    "a time": [
      Schema.Date,
      ...[0, -1, 1e12 + 7, -62_198_755_200_000, 8.64e15].map((t) => new Date(t)),
    ],
    bytes: [Schema.Uint8Array, new Uint8Array(0), Uint8Array.of(0, 255, 128)],
    "a large number": [Schema.BigInt, 12_345_678_901_234_567_890n, -1n],
    "null or a number": [Schema.NullOr(Schema.Int), null, 0, 5],
    "a list": [Schema.Array(Schema.Int), [], [0], [1, -1, 300]],
    "a list of texts": [Schema.Array(Schema.String), [], ["", "a"]],
    "a list with nulls": [Schema.Array(Schema.NullOr(Schema.String)), [null, "", null]],
    "a list of lists": [Schema.Array(Schema.Array(Schema.Boolean)), [[], [true, false]]],
    "a list of null or lists": [Schema.Array(Schema.NullOr(Schema.Array(Schema.Int))), [null, [], [
      1,
    ]]],
    "a list that is not empty": [Schema.NonEmptyArray(Schema.String), ["a", "b"]],
    "a map": [Schema.Record(Schema.String, Schema.Int), {}, { "": 0, b: -2 }],
    "a map of lists": [Schema.Record(Schema.String, Schema.Array(Schema.Int)), { a: [], b: [1] }],
    "a class": [Point, new Point({ x: 0 })],
    "a tagged union": [Payment, { _tag: "Card", last4: "" }, { _tag: "Cash" }],
    "a list of a union": [Schema.Array(Payment), [{ _tag: "Cash" }, { _tag: "Card", last4: "1" }]],
    "a text or a number": [Schema.Union([Schema.String, Schema.Int]), "1", 1, 0, ""],
    "a tuple": [Schema.Tuple([Schema.String, Schema.Int]), ["a", 1]],
    "any JSON": [Schema.Json, null, 1.5, "", [], {}, { a: [null, { b: [true] }] }],
    "a tree": [Tree, {
      name: "a",
      children: [{ name: "b", children: [] }, { name: "", children: [] }],
    }],
    "a number as text": [Schema.FiniteFromString, 2.5],
  }

for (const [what, [schema, ...values]] of Object.entries(kinds)) {
  test(`${what} comes back from Protobuf as it was`, () => {
    const fields = { there: schema, maybe: Schema.optionalKey(schema) }
    const codec = schemaCodec<object>(Schema.Struct(fields), "the value")
    for (const value of values) {
      for (const typed of [{ there: value }, { there: value, maybe: value }]) {
        const plain = codec.encode(typed)
        assert.deepEqual(through(fields, plain), plain)
      }
    }
  })
}

test("what may be absent and may be null is all three", () => {
  const fields = { a: Schema.optionalKey(Schema.NullOr(Schema.Int)) }
  for (const plain of [{}, { a: null }, { a: 0 }]) assert.deepEqual(through(fields, plain), plain)
})

test("what Protobuf would change is not carried", () => {
  const refused: readonly (readonly [Fields, object])[] = [
    [{ a: Schema.String }, { a: "\ud800" }],
    [{ a: Schema.Int }, { a: -0 }],
    [{ a: Schema.Int }, { a: 2 ** 60 }],
    [{ a: Schema.Date }, { a: "2026-01-01" }],
    [{ a: Schema.Uint8Array }, { a: "AQI" }],
    [{ a: Schema.optional(Schema.String) }, { a: null }],
    [{ a: Schema.String }, { a: "", b: 1 }],
    [{ a: Schema.Array(Schema.Int) }, { a: {} }],
    [{ a: Payment }, { a: { _tag: "Cheque" } }],
  ]
  for (const [fields, plain] of refused) {
    assert.throws(() => through(fields, plain), NotCarried, JSON.stringify(plain))
  }
})

const live = ({ messages }: ProtobufNumbers, name = "M") =>
  messages[name]!.fields.filter(({ to }) => to === undefined)
    .map(({ number, name, kind }) => `${number} ${name} ${kind}`)

test("a number is never used twice, whatever becomes of its field", () => {
  const first = numbersOf({ a: Schema.String, b: Schema.Int, c: Schema.Boolean })
  const second = numbersOf({ a: Schema.Int, c: Schema.Boolean }, first, 2)
  assert.deepEqual(live(second), ["3 c bool", "4 a int64"])
  const third = numbersOf({ b: Schema.Int, a: Schema.String, c: Schema.Boolean }, second, 3)
  assert.deepEqual(live(third), ["3 c bool", "5 b int64", "6 a string"])
  const all = third.messages.M!.fields as readonly NumberedField[]
  assert.equal(new Set(all.map(({ number }) => number)).size, 6)
  // The order of fields in the contract plays no part.
  const same = { c: Schema.Boolean, a: Schema.String, b: Schema.Int }
  assert.deepEqual(numbersOf(same, third, 3), third)
})

test("the numbers that Protobuf keeps to itself are left out", () => {
  const fields = [{ number: 18_999, name: "a", kind: "string" }]
  const numbers = numbersOf({ a: Schema.String, b: Schema.String }, { messages: { M: { fields } } })
  assert.deepEqual(live(numbers), ["18999 a string", "20000 b string"])
})

test("a union that has another tag now is refused, because what was written would be lost", () => {
  const union = (tag: string) => ({
    u: Schema.Union([
      Schema.Struct({ [tag]: Schema.Literal("A"), a: Schema.Int }),
      Schema.Struct({ [tag]: Schema.Literal("B") }),
    ]),
  })
  const before = numbersOf(union("kind"))
  assert.throws(() => numbersOf(union("type"), before), /another tag.*Give the field another name/s)
})

const Old = numbersOf({ name: Schema.String })
const New = numbersOf({ name: Schema.String, since: Schema.optionalKey(Schema.Int) }, Old)

test("the fields of a newer release survive a change of the others", () => {
  const written = writeProtobuf(descriptorOf(New), { name: "ada", since: 1815 }, { levels: 9 })
  const own = { ...LIMITS, own: true }
  const read = readProtobuf(descriptorOf(Old), written, own) as { name: string }
  assert.deepEqual(Object.entries(read), [["name", "ada"]])
  const changed = writeProtobuf(descriptorOf(Old), { ...read, name: "eve" }, { levels: 9 })
  assert.deepEqual(readProtobuf(descriptorOf(New), changed, own), { name: "eve", since: 1815 })
  // Somebody who sends a field that nobody knows is told so.
  assert.throws(
    () => readProtobuf(descriptorOf(Old), written, LIMITS),
    /no field with the number 2/,
  )
})

const bytes = (...parts: readonly (number | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flat())
const FIELDS: Fields = {
  text: Schema.String, // 1
  whole: Schema.Int, // 2
  wholes: Schema.Array(Schema.Int), // 3
  map: Schema.Record(Schema.String, Schema.Int), // 4
  any: Schema.Json, // 5
  time: Schema.Date, // 6
  yes: Schema.Boolean, // 7
  pay: Payment, // 8
}
const hostile: { readonly [what: string]: readonly [Uint8Array, RegExp] } = {
  "a text cut short": [bytes(0x0a, 5, 65), /ends in the middle/],
  "a huge length": [bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), /ends in the middle/],
  "a length beyond 32 bits": [bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f), /ends in the middle/],
  "a tag cut short": [bytes(0x80), /ends in the middle/],
  "a tag of six bytes": [bytes([0x88, 0x80, 0x80, 0x80, 0x80, 0x01], 0), /more than 5 bytes/],
  "the number 0": [bytes(0x02, 0), /number that cannot be/],
  "a group": [bytes(0x0b, 0x0c), /groups/],
  "an unknown wire type": [bytes(0x0f), /wire type 7/],
  "a text that is a varint": [bytes(0x08, 1), /"text" is a varint, not a length/],
  "a whole number of 64 bits": [bytes(0x11, [0, 0, 0, 0, 0, 0, 0, 0]), /"whole" is 64 bits/],
  "a varint without an end": [bytes(0x10, new Array(11).fill(0x80)), /more than 10 bytes/],
  "a varint of 70 bits": [bytes(0x10, new Array(9).fill(0xff), 0x7f), /more than 64 bits/],
  "an overlong varint": [bytes(0x10, 0x81, 0x80, 0x00), /longer than it must be/],
  "an overlong tag": [bytes(0x8a, 0x00, 0), /longer than it must be/],
  "2^53": [bytes(0x10, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]), /beyond 2\^53/],
  "a field twice": [bytes(0x0a, 0, 0x0a, 0), /"text" is there twice/],
  "true as 2": [bytes(0x38, 2), /not 0 or 1/],
  "bytes that are no UTF-8": [bytes(0x0a, 2, 0xc3, 0x28), /./],
  "an unknown field": [bytes(0x50, 1), /no field with the number 10/],
  "a key twice": [
    bytes([0x22, 3, 0x0a, 1, 65], [0x22, 3, 0x0a, 1, 65]),
    /the key "A" is there twice/,
  ],
  "a key called __proto__": [bytes(0x22, 11, 0x0a, 9, [...Buffer.from("__proto__")]), /refused/],
  "two keys in an entry": [bytes(0x22, 4, 0x0a, 0, 0x0a, 0), /more than a key and a value/],
  "no alternative": [bytes(0x42, 0), /none of its alternatives/],
  "two alternatives": [bytes(0x42, 4, [0x0a, 0, 0x12, 0]), /more than one alternative/],
  "a time that is none": [bytes(0x32, 2, 0x10, 0x81), /ends in the middle/],
  "a time without end": [bytes(0x32, 8, 0x08, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]), /range/],
}

test("what is no Protobuf is refused, and the reason is said", () => {
  const descriptor = descriptorOf(numbersOf(FIELDS))
  for (const [what, [payload, reason]] of Object.entries(hostile)) {
    assert.throws(() => readProtobuf(descriptor, payload, LIMITS), reason, what)
    // A field that the log does not know is skipped, and so bounded in the same way.
    if (what === "an unknown field") continue
    assert.throws(() => readProtobuf(descriptor, payload, { ...LIMITS, own: true }), reason, what)
  }
})

test("deep nesting and many values are bounded", () => {
  const descriptor = descriptorOf(numbersOf(FIELDS))
  const part = (tag: number, value: Uint8Array): Uint8Array => {
    const { length } = value
    const size = length < 128 ? [length] : [length & 127 | 128, length >> 7]
    return bytes(tag, size, [...value])
  }
  const nest = (levels: number): Uint8Array => {
    let value = bytes(0x08, 0)
    for (let level = 0; level < levels; level++) value = part(0x32, part(0x0a, value))
    return part(0x2a, value)
  }
  readProtobuf(descriptor, nest(100), LIMITS)
  assert.throws(() => readProtobuf(descriptor, nest(200), LIMITS), /nested more than 256 levels/)
  const packed = (count: number) =>
    bytes(0x1a, [count & 127 | 128, count >> 7 & 127 | 128, count >> 14], new Array(count).fill(0))
  readProtobuf(descriptor, packed(19_990), LIMITS)
  assert.throws(() => readProtobuf(descriptor, packed(20_001), LIMITS), TooManyValues)
  const unpacked = bytes(new Array(20_001).fill([0x18, 0]).flat())
  assert.throws(() => readProtobuf(descriptor, unpacked, LIMITS), TooManyValues)
})

const Parcels = (version: 1 | 2, numbers: ProtobufNumbers) =>
  Contract.define("post.parcel", {
    commands: {},
    events: {
      Sent: version === 1
        ? { to: Schema.String, notes: Schema.Array(Schema.String) }
        : { to: Schema.String, via: Schema.NullOr(Schema.String), stops: Schema.Array(Schema.Int) },
    },
    upcasts: version === 1 ? {} : {
      Sent: [(old) => {
        assert.deepEqual(Object.keys(old).toSorted(), ["notes", "to"])
        return { to: old.to, via: null, stops: [] }
      }],
    },
    protobuf: numbers,
    stored: "protobuf",
  })

test("an event that was stored in an older version is read with the fields of that version", () => {
  const shape = (version: 1 | 2) =>
    shapeOfFields(Parcels(version, NONE).codec.schemas("event").Sent!, "Sent")
  const first = numbered(NONE, shape(1), 1)
  const second = numbered(first, shape(2), 2)
  const old = Parcels(1, first)
  const data = old.codec.protobuf!.write("Sent", { to: "ada", notes: [] }, { levels: 9 })
  const today = Parcels(2, second)
  const sent = (data: object) => ({ kind: "event", type: "Sent", data })
  const event = today.codec.event({ type: "Sent", schema: 1, data: new StoredProtobuf(data) })
  assert.deepEqual(event, sent({ to: "ada", via: null, stops: [] }))
  const written = today.codec.protobuf!.write("Sent", { to: "a", via: null, stops: [] }, {
    levels: 9,
  })
  const again = today.codec.event({ type: "Sent", schema: 2, data: new StoredProtobuf(written) })
  assert.deepEqual(again, sent({ to: "a", via: null, stops: [] }))
})

test("a message with a field that has no number is not written, and what to do is said", () => {
  const stale = Parcels(2, numbersOf({}))
  assert.throws(
    () => stale.codec.protobuf!.write("Sent", { to: "a", via: null, stops: [] }, { levels: 9 }),
    /no Protobuf numbers for Sent as it is today: run leftfold schema proto/,
  )
})

test("numbers that nothing could have written are refused where they are given", () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /no messages/],
    [{ messages: { M: {} } }, /M has no fields/],
    [{ messages: { M: { form: "x", fields: [] } } }, /M is a "x"/],
    [{ messages: { M: { fields: [{ number: 0, name: "a", kind: "string" }] } } }, /number 0/],
    [{ messages: { M: { fields: [{ number: 19_001, name: "a", kind: "bool" }] } } }, /19001/],
    [{ messages: { M: { fields: [{ number: 1, name: "a", kind: "text" }] } } }, /no kind/],
    [
      { messages: { M: { fields: [{ number: 1, name: "a", kind: "bool", label: "x" }] } } },
      /label/,
    ],
    [{
      messages: {
        M: { fields: [1, 1].map((number) => ({ number, name: `${number}`, kind: "bool" })) },
      },
    }, /number 1 twice/],
  ]
  for (const [numbers, reason] of wrong) {
    assert.throws(() => Parcels(1, numbers as ProtobufNumbers), reason)
  }
  assert.throws(
    () => Contract.define("a.b", { commands: {}, events: {}, stored: "protobuf" }),
    /needs the numbers.*leftfold schema proto/,
  )
})
