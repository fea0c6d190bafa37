/** Tests of contracts: what can be defined, and what their codec lets through. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { type CommandOf, Contract, type EventOf, type RejectionOf } from "./contract.ts"
import { Internal, Invalid, NotFound } from "./errors.ts"

const Line = Schema.Struct({ sku: Schema.String, quantity: Schema.Int })

const Orders = Contract.define("orders.order", {
  commands: { Place: { customer: Schema.String, lines: Schema.Array(Line) }, Cancel: {} },
  events: { Placed: { customer: Schema.String, at: Schema.Date }, Cancelled: {} },
  rejections: { AlreadyPlaced: { since: Schema.Int }, NotPlaced: {} },
})

const { codec } = Orders
const place = { customer: "ada", lines: [{ sku: "a", quantity: 1 }] }

/** The paths of the issues of the `Invalid` that this throws. */
const pathsOf = (run: () => unknown): string[] => {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Invalid, String(error))
    return (error.issues ?? []).map(({ path }) => path)
  }
  assert.fail("nothing was thrown")
}

test("a constructor makes a message, and knows its type", () => {
  assert.deepEqual(Orders.commands.Place(place), { kind: "command", type: "Place", data: place })
  assert.deepEqual(Orders.commands.Cancel(), { kind: "command", type: "Cancel", data: {} })
  assert.equal(Orders.events.Placed.type, "Placed")
  assert.equal(Orders.rejections.NotPlaced().kind, "rejection")
})

test("a wrong message is a compile error", () => {
  // @ts-expect-error: the lines are missing.
  Orders.commands.Place({ customer: "ada" })
  // @ts-expect-error: all fields are missing.
  Orders.commands.Place()
  // @ts-expect-error: the customer is not text.
  Orders.commands.Place({ customer: 1, lines: [] })
  // @ts-expect-error: there is no such command.
  assert.equal(Orders.commands.Ship, undefined)
  const command: CommandOf<typeof Orders> = Orders.commands.Cancel()
  const event: EventOf<typeof Orders> = Orders.events.Cancelled()
  const rejection: RejectionOf<typeof Orders> = Orders.rejections.NotPlaced()
  assert.deepEqual([command.kind, event.kind, rejection.kind], ["command", "event", "rejection"])
})

test("internal commands are commands, and the contract says which they are", () => {
  const Checkouts = Contract.define("orders.checkout", {
    commands: { Begin: {} },
    internal: { NotePaid: { amount: Schema.Int } },
    events: {},
  })
  const paid: CommandOf<typeof Checkouts> = Checkouts.commands.NotePaid({ amount: 1 })
  assert.deepEqual(Checkouts.codec.command("NotePaid", { amount: 1 }), paid)
  assert.deepEqual([...Checkouts.internal], ["NotePaid"])
  assert.equal(Orders.internal.size, 0)
  const twice = { commands: { Begin: {} }, internal: { Begin: {} }, events: {} }
  assert.throws(() => Contract.define("orders.checkout", twice), /two messages are called Begin/)
})

test("names that cannot be subjects are refused", () => {
  const define = (name: string) => Contract.define(name, { commands: {}, events: {} })
  for (const name of ["orders", "a.b.c", "Orders.order", "orders.Order", "1.a", "a.", ".a", ""]) {
    assert.throws(() => define(name), TypeError, name)
  }
  for (const name of ["a b.c", "a*.b", "ü.b", `${"a".repeat(65)}.b`, "__proto__.a"]) {
    assert.throws(() => define(name), TypeError, name)
  }
  assert.throws(() => define("leftfold.actor"), /ours/)
  assert.throws(() => define("leftfold-queries.actor"), /"leftfold-queries", which is ours/)
  assert.deepEqual([define("a-1.b-2").context, define("a-1.b-2").actor], ["a-1", "b-2"])
})

test("names of messages that are not LikeThis are refused", () => {
  for (const type of ["place", "Place-Order", "Place Order", "1Place", "", "Plâce", "__proto__"]) {
    const messages = Object.fromEntries([[type, {}]])
    assert.throws(() => Contract.define("a.b", { commands: messages, events: {} }), TypeError, type)
    assert.throws(() => Contract.define("a.b", { commands: {}, events: messages }), TypeError, type)
  }
})

test("contexts whose Postgres schemas could clash are refused, with the reason", () => {
  const define = (context: string) => Contract.define(`${context}.a`, { commands: {}, events: {} })
  const refused = {
    "pg-stat": /"pg-stat\.a" cannot be in the context "pg-stat", .* schemas that begin with pg_/,
    "information-schema": /has a schema information_schema/,
    public: /the schema public of Postgres holds the tables of others/,
    ["a".repeat(64)]: /is in a context of 64 characters: use at most 63, because Postgres cuts/,
  }
  for (const [context, reason] of Object.entries(refused)) {
    assert.throws(() => define(context), { name: "TypeError", message: reason })
  }
  for (const context of ["pg", "pgx", "publicity", "information", "left-fold", "a".repeat(63)]) {
    assert.equal(define(context).context, context)
  }
})

test("two messages of one name are refused, whatever their kinds", () => {
  const options = { commands: { Same: {} }, events: {}, rejections: { Same: {} } }
  assert.throws(() => Contract.define("a.b", options), /two messages are called Same/)
})

test("a rejection's field cannot be called like a member of a problem", () => {
  for (const member of ["type", "title", "status", "detail", "instance"]) {
    const rejections = { Refused: { [member]: Schema.String } }
    assert.throws(() => Contract.define("a.b", { commands: {}, events: {}, rejections }), TypeError)
  }
})

test("ids of commands are remembered for a day, or for as long as the contract says", () => {
  const windowOf = (given?: unknown) =>
    Contract.define("bank.some", {
      commands: {},
      events: {},
      ...(given === undefined ? {} : { idempotencyWindow: given as "1 day" }),
    }).idempotencyWindowMs
  assert.deepEqual([windowOf(), windowOf("2 hours"), windowOf(1_000)], [
    86_400_000,
    7_200_000,
    1_000,
  ])
  for (const given of ["soon", 999, 0, -1, Number.NaN, "31 days", "Infinity", {}]) {
    assert.throws(() => windowOf(given), /bank\.some: idempotencyWindow must be a duration/)
  }
})

test("a command from outside is decoded", () => {
  const message = codec.command("Place", place)
  assert.deepEqual(message, { kind: "command", type: "Place", data: place })
})

test("an unknown field of a command is refused, at any depth, with the nearest known one", () => {
  const lines = [{ sku: "a", quantity: 1, quantitty: 2 }]
  assert.throws(() => codec.command("Place", { ...place, custmer: 1, lines }), {
    _tag: "Invalid",
    issues: [
      { path: "custmer", message: 'Expected no field "custmer" (did you mean "customer"?)' },
      {
        path: "lines.0.quantitty",
        message: 'Expected no field "quantitty" (did you mean "quantity"?)',
      },
    ],
  })
  assert.throws(() => codec.command("Cancel", { reason: "x" }), /Expected no field "reason"/)
})

test("an unknown field of a stored event, or of a rejection, is left out", () => {
  const stored = codec.plain(Orders.events.Placed({ customer: "ada", at: new Date(0) }))
  const more = { ...stored, data: { ...stored.data as object, more: 1 } }
  assert.deepEqual(codec.event(more), codec.event(stored))
})

test("fields that are missing or of the wrong type are all named", () => {
  assert.deepEqual(pathsOf(() => codec.command("Place", {})), ["customer", "lines"])
  assert.deepEqual(pathsOf(() => codec.command("Place", { ...place, customer: 1 })), ["customer"])
  assert.deepEqual(
    pathsOf(() => codec.command("Place", { customer: "a", lines: [{ sku: 1, quantity: 0.5 }] })),
    ["lines.0.sku", "lines.0.quantity"],
  )
})

test("anything but a map of fields is invalid", () => {
  for (const plain of [null, undefined, 1, "text", [], [place], true, () => {}]) {
    assert.throws(() => codec.command("Place", plain), Invalid)
  }
})

test("huge input is refused with a short message", () => {
  const lines = Array.from({ length: 100_000 }, () => ({ sku: "x".repeat(20), quantity: "many" }))
  assert.throws(
    () => codec.command("Place", { customer: "y".repeat(1_000_000), lines }),
    (error) => {
      assert.ok(error instanceof Invalid)
      return JSON.stringify({ ...error, message: error.message }).length < 10_000
    },
  )
})

test("whole numbers too large to be exact are refused", () => {
  for (const quantity of [2 ** 53, -(2 ** 60), NaN, Infinity]) {
    const lines = [{ sku: "a", quantity }]
    assert.throws(() => codec.command("Place", { customer: "a", lines }), Invalid)
  }
})

test("unknown messages are not found, even if they are named like an object's members", () => {
  for (const type of ["Ship", "constructor", "toString", "__proto__", "hasOwnProperty", ""]) {
    assert.throws(() => codec.command(type, {}), NotFound, type)
    assert.throws(() => codec.rejection(type, {}), NotFound, type)
    // No release can have an event with the name of an object's member.
    const refusal = type === "Ship" ? NotFound : Invalid
    assert.throws(() => codec.event({ type, schema: 1, data: {} }), refusal, type)
  }
  assert.throws(() => codec.command("Ship", {}), /has no command Ship; it has: Place, Cancel/)
  assert.throws(() => codec.command("Placed", {}), /has no command Placed; did you mean "Place"\?/)
})

test("a __proto__ among the fields is refused", () => {
  const fields: unknown = JSON.parse('{"customer":"a","lines":[],"__proto__":{"polluted":1}}')
  assert.throws(() => codec.command("Place", fields), /Expected no field "__proto__"/)
})

test("an event is stored in plain form and comes back as it was", () => {
  const event = Orders.events.Placed({ customer: "ada", at: new Date(0) })
  const stored = codec.plain(event)
  const data = { customer: "ada", at: "1970-01-01T00:00:00.000Z" }
  assert.deepEqual(stored, { type: "Placed", schema: 1, data })
  assert.deepEqual(codec.event(stored), event)
})

test("a message that breaks its contract has no plain form", () => {
  const { Placed } = Orders.events
  assert.throws(() => codec.plain({ ...Placed, kind: "event", type: "Placed", data: {} }), Invalid)
})

test("an event of an older schema is brought up to the current one", () => {
  const Grown = Contract.define("a.b", {
    commands: {},
    events: { Named: { first: Schema.String, last: Schema.String } },
    upcasts: {
      Named: [
        ({ name }) => ({ full: name }),
        ({ full }) => ({ first: String(full).split(" ")[0], last: String(full).split(" ")[1] }),
      ],
    },
  })
  const today = Grown.events.Named({ first: "Ada", last: "Byron" })
  assert.equal(Grown.codec.plain(today).schema, 3)
  for (
    const [schema, data] of [[1, { name: "Ada Byron" }], [2, { full: "Ada Byron" }]] as const
  ) assert.deepEqual(Grown.codec.event({ type: "Named", schema, data }), today)
  assert.throws(() => Grown.codec.event({ type: "Named", schema: 4, data: {} }), Internal)
})

test("the JSON Schemas of a kind are listed by name", () => {
  const { Place } = codec.jsonSchemas("command")
  assert.deepEqual(Object.keys(codec.jsonSchemas("rejection")), ["AlreadyPlaced", "NotPlaced"])
  assert.deepEqual(Place?.required, ["customer", "lines"])
})
