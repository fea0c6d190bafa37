/** Tests of evolution: each kind of change has its way, and what is no history is refused. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { test } from "../testing/test.ts"
import { Contract } from "./contract.ts"
import { Internal, Invalid, NotFound } from "./errors.ts"
import { Evolution, type Upcasts } from "./evolution.ts"
import { EVENTS_OF_ONE } from "./limits.ts"

const { String: Text, Int } = Schema

const Parcels = Contract.define("post.parcel", {
  commands: {},
  events: {
    Sent: { to: Text, via: Text },
    Paid: { cents: Int },
    Shipped: { carrier: Text },
    Weighed: { grams: Int },
    Moved: { from: Text, to: Text },
  },
  upcasts: {
    // Fields were added, renamed and retyped.
    Sent: [
      ({ to }) => ({ to, via: "post" }),
      ({ to, via }) => ({ to: String(to), via }),
    ],
    // Renamed, after its fields had changed once.
    Posted: [({ address }) => ({ to: address }), { becomes: "Sent@1" }],
    // Split into two events, and into many.
    PaidAndShipped: [{
      becomes: {
        Paid: ({ amount }) => ({ cents: Number(amount) * 100 }),
        Shipped: ({ carrier }) => ({ carrier }),
      },
    }],
    AllWeighed: [{
      becomes: { Weighed: ({ weights }) => (weights as number[]).map((grams) => ({ grams })) },
    }],
    // Two events became one.
    MovedOut: [{ becomes: { Moved: ({ from }) => ({ from, to: "" }) } }],
    MovedIn: [{ becomes: { Moved: ({ to }) => ({ from: "", to }) } }],
    // Nothing needs it now.
    Pinged: [{ becomes: "nothing" }],
    // An alias of an alias.
    Mailed: [{ becomes: "Posted@1" }],
  },
})

const { codec, events: { Sent, Paid, Shipped, Weighed, Moved } } = Parcels

const read = (type: string, data: object, schema = 1) => codec.event({ type, schema, data })

test("an old version takes the steps that it lacks, in order; the current one takes none", () => {
  assert.deepEqual(read("Sent", { to: "ada" }), Sent({ to: "ada", via: "post" }))
  assert.deepEqual(read("Sent", { to: "ada", via: "air" }, 2), Sent({ to: "ada", via: "air" }))
  assert.deepEqual(read("Sent", { to: "ada", via: "air" }, 3), Sent({ to: "ada", via: "air" }))
  assert.equal(codec.plain(Sent({ to: "ada", via: "air" })).schema, 3)
  assert.equal(codec.plain(Paid({ cents: 1 })).schema, 1)
})

test("a renamed event is read under its name of today, whatever version it had", () => {
  const today = Sent({ to: "ada", via: "post" })
  assert.deepEqual(read("Posted", { address: "ada" }), today)
  assert.deepEqual(read("Posted", { to: "ada" }, 2), today)
  assert.deepEqual(read("Mailed", { address: "ada" }), today)
})

test("a split event is read as its parts, in the order of the history", () => {
  assert.deepEqual(read("PaidAndShipped", { amount: 7, carrier: "x" }), [
    Paid({ cents: 700 }),
    Shipped({ carrier: "x" }),
  ])
  assert.deepEqual(
    read("AllWeighed", { weights: [3, 4] }),
    [3, 4].map((grams) => Weighed({ grams })),
  )
  assert.deepEqual(read("AllWeighed", { weights: [3] }), Weighed({ grams: 3 }))
  assert.deepEqual(read("AllWeighed", { weights: [] }), [])
})

test("merged events are read as one, and a retired one as nothing", () => {
  assert.deepEqual(read("MovedOut", { from: "a" }), Moved({ from: "a", to: "" }))
  assert.deepEqual(read("MovedIn", { to: "b" }), Moved({ from: "", to: "b" }))
  assert.deepEqual(read("Pinged", {}), [])
})

test("an event that goes on as one part of a split keeps its name", () => {
  const Orders = Contract.define("a.b", {
    commands: {},
    events: { Placed: { total: Int }, Noted: { text: Text } },
    upcasts: {
      Placed: [{
        becomes: { "Placed@2": ({ total }) => ({ total }), Noted: ({ note: text }) => ({ text }) },
      }],
    },
  })
  const stored = { type: "Placed", schema: 1, data: { total: 1, note: "n" } }
  const { Placed, Noted } = Orders.events
  assert.deepEqual(Orders.codec.event(stored), [Placed({ total: 1 }), Noted({ text: "n" })])
  assert.deepEqual(Orders.codec.evolution.leadsTo("Placed"), ["Placed", "Noted"])
})

test("which events a stored one can become is known without reading it", () => {
  const { evolution } = codec
  assert.equal(evolution.leadsTo("Sent"), undefined)
  assert.equal(evolution.leadsTo("Paid"), undefined)
  assert.deepEqual(evolution.leadsTo("Mailed"), ["Sent"])
  assert.deepEqual(evolution.leadsTo("PaidAndShipped"), ["Paid", "Shipped"])
  assert.deepEqual(evolution.leadsTo("Pinged"), [])
  assert.equal(evolution.former.get("Posted"), 2)
  assert.equal(evolution.versions("constructor"), 0)
})

test("a version that is newer than the code says so, also of a former event", () => {
  for (const [type, schema, known] of [["Sent", 4, 3], ["Posted", 3, 2]] as const) {
    assert.throws(() => read(type, {}, schema), (error) => {
      assert.ok(error instanceof Internal)
      assert.equal(error.reference, "schema-from-the-future")
      return error.message.includes(`schema ${schema}, but this code knows only ${known}`)
    })
  }
})

test("an unknown event is not called newer, and the message says what to write", () => {
  assert.throws(() => read("Noted", {}), (error) => {
    assert.ok(error instanceof NotFound)
    assert.match(error.message, /older version.*upcasts: { Noted: \[{ becomes: "…" }\] }/)
    return /If a newer one did, run that version here too/.test(error.message)
  })
})

test("an event with a name that no release can have waits for no release", () => {
  for (const name of ["no name", "noted", "", "__proto__", "A".repeat(65)]) {
    const refused = { _tag: "Invalid", message: /no event can be called/ }
    assert.throws(() => read(name, {}), refused)
  }
})

test("what does not fit after its steps, or a step that fails, is invalid and says where", () => {
  assert.throws(() => read("MovedOut", {}), (error) => {
    assert.ok(error instanceof Invalid)
    assert.deepEqual(error.issues?.map(({ path }) => path), ["from"])
    return /stored as MovedOut, version 1/.test(error.message)
  })
  assert.throws(() => read("AllWeighed", {}), (error) => {
    assert.ok(error instanceof Invalid)
    return /the upcast of AllWeighed from version 1 failed/.test(error.message)
  })
  const weights = Array.from({ length: EVENTS_OF_ONE + 1 }, () => 1)
  assert.throws(() => read("AllWeighed", { weights }), /more than 1000 events/)
})

const refused: Record<string, readonly [Upcasts, RegExp]> = {
  "a circle of two": [
    { A: [{ becomes: "B" }], B: [{ becomes: "A" }] },
    /go round in a circle: A@1 → B@1 → A@1/,
  ],
  "a circle of one": [{ A: [{ becomes: "A" }] }, /go round in a circle: A@1 → A@1/],
  "a circle across versions": [
    { A: [(f) => f, { becomes: "B" }], B: [{ becomes: "A@1" }] },
    /circle: A@1 → A@2 → B@1 → A@1/,
  ],
  "a circle through a part": [
    { A: [{ becomes: { Live: (f) => f, B: (f) => f } }], B: [{ becomes: { A: (f) => f } }] },
    /circle: A@1 → B@1 → A@1/,
  ],
  "an alias to an unknown event": [{ A: [{ becomes: "C" }] }, /name "C", which is no event/],
  "a part that is an unknown event": [
    { A: [{ becomes: { toString: (f: object) => ({ ...f }) } }] },
    /name "toString", which is no event/,
  ],
  "an alias to a version that there is not": [
    { A: [{ becomes: "Live@2" }] },
    /name Live@2, but Live has only 1 versions/,
  ],
  "an alias that does not say which version": [
    { A: [{ becomes: "Live" }], Live: [(f) => f] },
    /which has 2 versions: say of which version the fields are, such as "Live@1"/,
  ],
  "an alias of an event of today": [
    { Live: [{ becomes: "Other" }] },
    /still an event of this contract: remove it from the events, or name Live@2/,
  ],
  "an event of today that became nothing": [
    { Live: [{ becomes: "nothing" }] },
    /version 1 became nothing, but it is still an event/,
  ],
  "two ways for one version": [
    { A: [{ becomes: { Live: (f) => f, "Live@1": (f) => f } }] },
    /two ways to Live@1/,
  ],
  "a former event without an end": [{ A: [(f) => f] }, /do not say what it became/],
  "a former event without steps": [{ A: [] }, /do not say what it became/],
  "a misspelt event": [{ Liev: [(f) => f] }, /correct the name/],
  "an impossible name": [{ "a b": [{ becomes: "Live" }] }, /name no event/],
}

for (const [what, [upcasts, message]] of Object.entries(refused)) {
  test(`${what} is refused where it is defined`, () => {
    assert.throws(() => new Evolution("x.y", ["Live", "Other"], upcasts), (error) => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /^x\.y: the upcasts of /)
      return message.test(error.message)
    })
  })
}
