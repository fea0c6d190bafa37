/** Tests of the check: thirty changes of a released contract, and what is said of each. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import {
  type Case,
  checked,
  events,
  first,
  line,
  placed,
  tellsOfEach,
  v1,
  verdict,
} from "./fixtures/changed-release.ts"

const { String: Text, Int } = Schema

const cases: { readonly [change: string]: Case } = {
  // Ten that break nothing.
  "nothing": { next: {}, back: "fits", forward: "fits" },
  "an optional field": {
    next: events({ coupon: Schema.optionalKey(Text) }),
    back: "fits",
    forward: "fits",
  },
  "an optional field is removed": { next: events({}, ["note"]), back: "fits", forward: "fits" },
  "a required field, with an upcast": {
    next: { ...events({ coupon: Text }), ...v1((old) => ({ ...old, coupon: "" })) },
    back: "fits",
    forward: "waits",
  },
  "another type, with an upcast": {
    next: { ...events({ total: Text }), ...v1((old) => ({ ...old, total: String(old.total) })) },
    back: "fits",
    forward: "waits",
  },
  "a wider enum, with an upcast": {
    next: { ...events({ kind: Schema.Literals(["web", "shop", "phone"]) }), ...v1() },
    back: "fits",
    forward: "waits",
  },
  "a renamed event": {
    next: {
      events: { OrderPlaced: placed, Cancelled: { reason: Text }, Closed: {} },
      upcasts: { Placed: [{ becomes: "OrderPlaced" }] },
      view: 2,
    },
    back: "fits",
    forward: "waits",
  },
  "a split event": {
    next: {
      events: { ...first.events, Cancelled: { reason: Text }, Refunded: { total: Int } },
      upcasts: {
        Cancelled: [{
          becomes: {
            "Cancelled@2": ({ reason }: object & { reason?: unknown }) => ({ reason }),
            Refunded: () => ({ total: 0 }),
          },
        }],
      },
      view: 2,
    },
    back: "fits",
    forward: "waits",
  },
  "a retired event": {
    next: {
      events: { Placed: placed, Cancelled: { reason: Text } },
      upcasts: { Closed: [{ becomes: "nothing" }] },
    },
    back: "fits",
    forward: "fits",
  },
  "a brand, a description and another order of fields": {
    next: {
      events: {
        ...first.events,
        Placed: Object.fromEntries(
          Object.entries({
            ...placed,
            customer: Text.pipe(Schema.brand("Customer")).annotate({ description: "who" }),
          }).toReversed(),
        ),
      },
    },
    back: "fits",
    forward: "fits",
  },
  // Twenty that break something.
  "a required field": {
    next: events({ coupon: Text }),
    back: "breaks",
    forward: "fits",
    says: /coupon/,
  },
  "Int becomes String": {
    next: events({ total: Text }),
    back: "breaks",
    forward: "breaks",
    says: /total/,
  },
  "String becomes Date": {
    next: events({ code: Schema.Date }),
    back: "breaks",
    forward: "fits",
    says: /code/,
  },
  "BigInt becomes Int": {
    next: events({ worth: Int }),
    back: "breaks",
    forward: "breaks",
    says: /worth/,
  },
  "a date becomes milliseconds": {
    next: events({ at: Schema.DateFromMillis }),
    back: "breaks",
    forward: "breaks",
    says: /at/,
  },
  "optional becomes required": {
    next: events({ note: Text }),
    back: "breaks",
    forward: "fits",
    says: /note/,
  },
  "required becomes optional": {
    next: events({ customer: Schema.optionalKey(Text) }),
    back: "fits",
    forward: "breaks",
    says: /customer/,
  },
  "a required field is removed": {
    next: events({}, ["customer"]),
    back: "fits",
    forward: "breaks",
    says: /customer/,
  },
  "a narrower enum": {
    next: events({ kind: Schema.Literal("web") }),
    back: "breaks",
    forward: "fits",
    says: /kind/,
  },
  "a wider enum": {
    next: events({ kind: Schema.Literals(["web", "shop", "phone"]) }),
    back: "fits",
    forward: "breaks",
    says: /kind/,
  },
  "a bound on a number that had none": {
    next: events({ total: Int.check(Schema.isLessThanOrEqualTo(1_000_000_000)) }),
    back: "breaks",
    forward: "fits",
    says: /total/,
  },
  "a bound within a list": {
    next: events({
      lines: Schema.Array(Schema.Struct({
        ...line,
        quantity: Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999 })),
      })),
    }),
    back: "breaks",
    forward: "fits",
    says: /lines\.0\.quantity/,
  },
  "a shorter text": {
    next: events({ code: Text.check(Schema.isMaxLength(39)) }),
    back: "breaks",
    forward: "fits",
    says: /code/,
  },
  "a list that must not be empty": {
    next: events({ lines: Schema.NonEmptyArray(Schema.Struct(line)) }),
    back: "breaks",
    forward: "fits",
    says: /lines/,
  },
  "a renamed field": {
    next: events({ client: Text }, ["customer"]),
    back: "breaks",
    forward: "breaks",
    says: /client|customer/,
  },
  "an event that is gone": {
    next: { events: { Placed: placed, Closed: {} } },
    back: "breaks",
    forward: "fits",
    says: /no longer knows it/,
  },
  "an upcast that forgets an optional field": {
    next: {
      ...events({ remark: Text }, ["note"]),
      ...v1((old) => ({ ...old, remark: (old.note as string).trim() })),
    },
    back: "breaks",
    forward: "waits",
    says: /upcast of Placed from version 1 failed/,
  },
  "an upcast that changes what it is given": {
    next: {
      ...events({ coupon: Text }),
      ...v1((old) => {
        old.coupon = ""
        return old
      }),
    },
    back: "breaks",
    forward: "waits",
    says: /coupon/,
  },
  "an evolve that cannot take an old value": {
    next: {
      ...events({ worth: Schema.optionalKey(Schema.BigInt) }),
      upcasts: { Placed: [({ worth: _, ...old }: Record<string, unknown>) => old] },
      evolve: ({ worth, total }) => {
        if (total !== undefined && worth === undefined) throw new Error("worth nothing")
      },
    },
    back: "breaks",
    forward: "waits",
    says: /it fails for the golden value.*worth nothing/,
  },
  "a command that is gone": {
    next: { commands: { Place: first.commands!.Place! } },
    back: "breaks",
    forward: "fits",
    says: /--retire lab\.order\.Cancel/,
  },
}

tellsOfEach(cases)

test("a view that handles a new event has another version, or old workers leave it out", () => {
  const next = { events: { ...first.events, Returned: {} } }
  const { findings } = checked(next)
  const [broken] = findings.filter(({ severity }) => severity === "breaks")
  assert.match(JSON.stringify(broken), /the fold of lab\.list.*lab\.order Returned.*count up/)
  assert.equal(verdict(checked({ ...next, view: 2 }).findings, "forward"), "waits")
})
