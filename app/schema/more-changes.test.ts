/** Tests of the check: what a stranger would change as well, and what is said of it. */
import { Schema } from "effect"
import {
  type Case,
  events,
  first,
  keep,
  line,
  placed,
  tellsOfEach,
  v1,
} from "./fixtures/changed-release.ts"

const { String: Text, Int } = Schema

const changes: { readonly [change: string]: Case } = {
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

tellsOfEach(changes)
