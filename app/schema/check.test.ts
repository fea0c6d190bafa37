/** Tests of the check: many changes of a released contract, and what is said of each. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { type AnyContract, Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"
import { test } from "../../testing/test.ts"
import { App } from "../mod.ts"
import { checkSchemas, type SchemaReport } from "./check.ts"
import type { Direction, Finding } from "./finding.ts"
import { lockApp } from "./lock-app.ts"
import { NOTHING_LOCKED } from "./folder.ts"

const { String: Text, Int } = Schema

const line = {
  sku: Text.check(Schema.isMinLength(1)),
  quantity: Int.check(Schema.isGreaterThan(0)),
}

const placed = {
  customer: Text,
  total: Int,
  at: Schema.Date,
  worth: Schema.BigInt,
  lines: Schema.Array(Schema.Struct(line)),
  note: Schema.optionalKey(Text),
  kind: Schema.Literals(["web", "shop"]),
  code: Text.check(Schema.isMaxLength(40)),
}

type AnyFields = Record<string, Schema.Codec<never, never>>

interface Release {
  readonly commands?: Record<string, object>
  readonly events?: Record<string, object>
  readonly upcasts?: object
  /** What `evolve` and the fold do with an event's fields. */
  readonly evolve?: (fields: Record<string, unknown>) => unknown
  readonly fold?: (fields: Record<string, unknown>) => string
  /** The version of the view. */
  readonly view?: number
}

const first: Release = {
  commands: { Place: { customer: Text, note: Schema.optionalKey(Text) }, Cancel: {} },
  events: { Placed: placed, Cancelled: { reason: Text }, Closed: {} },
}

const appOf = (
  { commands, events, upcasts, evolve = () => 0, fold = () => "", view = 1 }: Release,
) => {
  const contract = Contract.define("lab.order", {
    commands: (commands ?? first.commands) as Record<string, AnyFields>,
    events: (events ?? first.events) as Record<string, AnyFields>,
    ...(upcasts ? { upcasts: upcasts as never } : {}),
  }) as AnyContract
  const types = Object.keys(contract.events)
  const each = <T>(handler: T, of = types) => Object.fromEntries(of.map((type) => [type, handler]))
  const actor = Actor.define(contract, {
    initial: 0,
    decide: Object.fromEntries(
      Object.keys(contract.codec.schemas("command")).map((type) => {
        return [type, () => []]
      }),
    ),
    evolve: each((_: unknown, fields: Record<string, unknown>) => (evolve(fields), 0)),
  } as never)
  const list = Projection.define("lab.list", {
    from: [contract],
    row: { id: Text, text: Text },
    key: "id",
    version: view,
    on: each((_: unknown, fields: Record<string, unknown>, { id }: { id: string }) => {
      return { id, text: fold(fields) }
    }, types.filter((type) => type !== "Closed")) as never,
  })
  return App.define("lab", { actors: [actor], projections: [list] })
}

/** What the check says of a release that follows the first one. */
const checked = (next: Release, before: Release = first, values = 240): SchemaReport => {
  const { locks } = lockApp(appOf(before), NOTHING_LOCKED)
  return checkSchemas(appOf(next), locks, { values })
}

const verdict = (findings: readonly Finding[], direction: Direction): string => {
  const own = findings.filter((each) => each.direction === direction)
  for (const severity of ["breaks", "waits", "warns"] as const) {
    if (own.some((each) => each.severity === severity)) return severity
  }
  return "fits"
}

const events = (changes: object, gone: readonly string[] = []) => ({
  events: {
    ...first.events,
    Placed: Object.fromEntries(
      Object.entries({ ...placed, ...changes }).filter(([name]) => !gone.includes(name)),
    ),
  },
})

const keep = (fields: object) => fields
const v1 = (change: (fields: Record<string, unknown>) => object = keep) => ({
  upcasts: { Placed: [change] },
})

interface Case {
  readonly next: Release
  readonly back: string
  readonly forward: string
  /** What the first finding that breaks must say. */
  readonly says?: RegExp
}

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

/** What a stranger would try, each way. */
const more: { readonly [change: string]: Case } = {
  "a whole number becomes any number": {
    next: events({ total: Schema.Finite }),
    back: "fits",
    forward: "breaks",
    says: /total/,
  },
  "a number must be a multiple": {
    next: events({ total: Int.check(Schema.isMultipleOf(5)) }),
    back: "breaks",
    forward: "fits",
    says: /total/,
  },
  "a text must not be empty": {
    next: events({ customer: Schema.NonEmptyString }),
    back: "breaks",
    forward: "fits",
    says: /customer/,
  },
  "a text must have a form": {
    next: events({ code: Text.check(Schema.isPattern(/^[a-z]{0,9}$/)) }),
    back: "breaks",
    forward: "fits",
    says: /code/,
  },
  "an optional field may be null too": {
    next: events({ note: Schema.optionalKey(Schema.NullOr(Text)) }),
    back: "fits",
    forward: "breaks",
    says: /note/,
  },
  "a value of an enum is renamed": {
    next: events({ kind: Schema.Literals(["site", "shop"]) }),
    back: "breaks",
    forward: "breaks",
    says: /kind/,
  },
  "a required field within a list": {
    next: events({ lines: Schema.Array(Schema.Struct({ ...line, tax: Int })) }),
    back: "breaks",
    forward: "fits",
    says: /lines\.0\.tax/,
  },
  "a field within a list is gone": {
    next: events({ lines: Schema.Array(Schema.Struct({ sku: line.sku })) }),
    back: "fits",
    forward: "breaks",
    says: /lines/,
  },
  "a list becomes a single value": {
    next: events({ lines: Schema.Struct(line) }),
    back: "breaks",
    forward: "breaks",
    says: /lines/,
  },
  "a list becomes a map": {
    next: events({ lines: Schema.Record(Text, Schema.Struct(line)) }),
    back: "breaks",
    forward: "breaks",
    says: /lines/,
  },
  "digits become any text": {
    next: events({ worth: Text }),
    back: "fits",
    forward: "breaks",
    says: /worth/,
  },
  "fields go into a struct": {
    next: events({ price: Schema.Struct({ total: Int }) }, ["total"]),
    back: "breaks",
    forward: "breaks",
    says: /price|total/,
  },
  "two versions at once, with upcasts": {
    next: {
      ...events({ coupon: Text }),
      upcasts: { Placed: [keep, (old: object) => ({ ...old, coupon: "" })] },
    },
    back: "fits",
    forward: "waits",
  },
  "an upcast that gives another result each time": {
    next: {
      ...events({ coupon: Text }),
      ...v1((old) => ({ ...old, coupon: String(Math.random()) })),
    },
    back: "breaks",
    forward: "waits",
    says: /another result each time/,
  },
  "an upcast that gives a field the new code does not take": {
    next: { ...events({ coupon: Text }), ...v1((old) => ({ ...old, coupon: 0 })) },
    back: "breaks",
    forward: "waits",
    says: /coupon/,
  },
  "merged events, with an upcast that drops one": {
    next: {
      events: { Placed: placed, Ended: { reason: Text } },
      upcasts: {
        Cancelled: [{ becomes: "Ended" }],
        Closed: [{ becomes: { Ended: () => ({}) } }],
      },
      view: 2,
    },
    back: "breaks",
    forward: "waits",
    says: /reason/,
  },
  "merged events": {
    next: {
      events: { Placed: placed, Ended: { reason: Text } },
      upcasts: {
        Cancelled: [{ becomes: "Ended" }],
        Closed: [{ becomes: { Ended: () => ({ reason: "closed" }) } }],
      },
      view: 2,
    },
    back: "fits",
    forward: "waits",
  },
  "a split that makes too many of one": {
    next: {
      events: { ...first.events, Refunded: { total: Int } },
      upcasts: {
        Cancelled: [{
          becomes: {
            "Cancelled@2": keep,
            Refunded: () => new Array(2_000).fill({ total: 1 }),
          },
        }],
      },
      view: 2,
    },
    back: "breaks",
    forward: "waits",
    says: /more than \d+ events/,
  },
  "a command with another required field": {
    next: {
      commands: { Place: { customer: Text, note: Schema.optionalKey(Text), to: Text }, Cancel: {} },
    },
    back: "breaks",
    forward: "warns",
    says: /to/,
  },
  "a command with another optional field": {
    next: {
      commands: {
        Place: { customer: Text, note: Schema.optionalKey(Text), to: Schema.optionalKey(Text) },
        Cancel: {},
      },
    },
    back: "fits",
    forward: "warns",
  },
  "a command that loses a field": {
    next: { commands: { Place: { customer: Text }, Cancel: {} } },
    back: "breaks",
    forward: "fits",
    says: /note/,
  },
  "a command that is stricter": {
    next: {
      commands: {
        Place: { customer: Text.check(Schema.isMaxLength(3)), note: Schema.optionalKey(Text) },
        Cancel: {},
      },
    },
    back: "breaks",
    forward: "fits",
    says: /customer/,
  },
  "a new command, and a new event that no view handles": {
    next: {
      commands: { ...first.commands, Reopen: {} },
      events: { ...first.events, Reopened: {} },
      view: 2,
    },
    back: "fits",
    forward: "waits",
  },
}

describe("a released contract", () => {
  for (const [change, { next, back, forward, says }] of Object.entries({ ...cases, ...more })) {
    test(`${change}: back it ${back}, forward it ${forward}`, () => {
      const { findings } = checked(next)
      const told = JSON.stringify(findings, null, 1)
      assert.equal(verdict(findings, "back"), back, told)
      assert.equal(verdict(findings, "forward"), forward, told)
      const broken = findings.find(({ severity }) => severity === "breaks")
      if (says) assert.match(JSON.stringify(broken), says)
      else assert.equal(broken, undefined, told)
    })
  }
})

test("a view that handles a new event has another version, or old workers leave it out", () => {
  const next = { events: { ...first.events, Returned: {} } }
  const { findings } = checked(next)
  const [broken] = findings.filter(({ severity }) => severity === "breaks")
  assert.match(JSON.stringify(broken), /the fold of lab\.list.*lab\.order Returned.*count up/)
  assert.equal(verdict(checked({ ...next, view: 2 }).findings, "forward"), "waits")
})
