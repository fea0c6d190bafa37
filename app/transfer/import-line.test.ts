/** Tests of the lines of an import: what a hostile file says is refused by name, or taken whole. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import { Contract } from "../../contracts/internal.ts"
import { importLine } from "./import-line.ts"

const Crate = Contract.define("yard.crate", {
  commands: { Fill: { count: Schema.Int } },
  internal: { Seize: {} },
  events: { Filled: { count: Schema.Int }, Named: { name: Schema.String } },
  rejections: {},
})

const NOW = Date.parse("2026-01-01T00:00:00Z")
const TIME = "2019-03-01T12:00:00Z"

/** The problem of a line; `taken` without one. */
const problemOf = (line: string | object): string => {
  const text = typeof line === "string" ? line : JSON.stringify(line)
  const options = { contracts: new Map([[Crate.name, Crate]]), source: "x", now: NOW }
  const read = importLine({ number: 1, text, end: text.length }, options)
  return read === undefined ? "empty" : "problem" in read ? read.problem : "taken"
}

const event = (change: object = {}) => ({
  ...{ contract: Crate.name, id: "c-1", event: "Filled", data: { count: 1 }, time: TIME },
  ...change,
})

const TRACE = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`

const TAKEN: readonly object[] = [
  event(),
  ...["2020-02-29T00:00:00Z", "2019-12-31T24:00:00Z", "1970-01-01T00:00Z", 0, NOW]
    .map((time) => event({ time })),
  ...["2019-03-01T12:00:00.123456789+23:59", "2019-01-31T00:00:00-11:00"]
    .map((time) => event({ time })),
  event({ id: "__proto__" }),
  event({ id: "a.b *>" }),
  event({ principal: "leftfold:system", correlation: "c", causation: "stock:1" }),
  // As long as headers of a command may be, because a line may come from an export.
  event({ traceparent: TRACE, tracestate: `a=${"x".repeat(200)},b=${"y".repeat(200)}` }),
  event({ baggage: `a=1, b=2;p=q,c=${"z".repeat(1_000)}` }),
  { contract: Crate.name, id: "c-1", command: "Fill", data: { count: 1 } },
]

test("lines with all that a log may hold are taken", () => {
  for (const line of TAKEN) assert.equal(problemOf(line), "taken", JSON.stringify(line))
})

const good = JSON.stringify(event())

const REFUSED: readonly (readonly [line: string | object, problem: RegExp])[] = [
  ...[
    ...[
      "2019-02-29T00:00:00Z",
      "2019-02-30T00:00:00Z",
      "2019-04-31T00:00:00Z",
      "2019-03-00T00:00Z",
    ],
    ...[
      "2019-13-01T00:00:00Z",
      "2019-00-01T00:00:00Z",
      "2019-03-01T25:00:00Z",
      "1969-12-31T23:59Z",
    ],
    ...["2019-03-01T12:00:60Z", "2019-03-01T12:00:00+24:00", "2019-03-01", "2019-03-01T12:00:00"],
    ...[
      "",
      "0",
      `${TIME}\0`,
      `${TIME}\n`,
      ` ${TIME}`,
      `+01${TIME}`,
      -1,
      1.5,
      null,
      true,
      [TIME],
      {},
    ],
  ].map((time) => [event({ time }), /^time must be when it happened/] as const),
  ...["2026-01-01T00:01:01Z", 8.64e15].map((time) => [event({ time }), /in the future/] as const),
  [event({ contract: "__proto__" }), /^there is no contract "__proto__"/],
  [event({ contract: "x".repeat(900_000) }), /^there is no contract "x{130}"/],
  [event({ ["y".repeat(900_000)]: 1 }), /^"y{64}" is no field/],
  [event({ event: "constructor" }), /no event can be called "constructor"/],
  [event({ event: "E".repeat(900_000) }), /E/],
  [event({ imported: false }), /"imported" is no field/],
  [event({ id: "a\0" }), /cannot be printed/],
  [event({ id: ["a"] }), /^id must be text/],
  [event({ commandId: "a b" }), /^commandId must be 1 to 256/],
  [event({ principal: "é" }), /^principal must be 1 to 256/],
  ...[
    { traceparent: "x" },
    { traceparent: `00-${"0".repeat(32)}-${"b".repeat(16)}-01` },
    { traceparent: TRACE, tracestate: "a b" },
    { baggage: "a b" },
    { baggage: `a=${"x".repeat(1_024)}` },
  ].map((each) => [event(each), /^(traceparent|tracestate|baggage) is not as W3C/] as const),
  [event({ tracestate: "a=b" }), /^tracestate must come with a traceparent/],
  [event({ command: "Fill" }), /either an "event" or a "command"/],
  [{ contract: Crate.name, id: "c-1", command: "Seize" }, /^Seize is internal/],
  [{ contract: Crate.name, id: "c-1", command: "toString" }, /toString/],
  [good.replace('"id"', '"id":"a","id"'), /twice/],
  [good.replace('"count":1', '"count":1,"count":2'), /twice/],
  [good.replace('"id"', '"__proto__":{"id":"b"},"id"'), /__proto__/],
  [good.replace('"count":1', '"count":1,"__proto__":{"count":2}'), /__proto__/],
  [event({ event: "Named", data: { name: "\ud800" } }), /surrogate/],
  [good.replace("c-1", "c\0"), /not JSON/],
  [good.replace('{"count":1}', `${'{"a":'.repeat(9e4)}1${"}".repeat(9e4)}`), /nested more than/],
  ["[".repeat(500_000), /nested more than/],
  [event({ data: Array.from({ length: 200_000 }, () => ({})) }), /more than 20000 values/],
  [good.replace('"count":1', `"count":${"9".repeat(400_000)}`), /a number has more than 100/],
]

test("lines of a hostile file are refused by name, in few words and at once", () => {
  for (const [line, problem] of REFUSED) {
    const began = performance.now()
    const said = problemOf(line)
    const shown = JSON.stringify(line).slice(0, 100)
    assert.match(said, problem, shown)
    assert.ok(said.length < 1_000, `${shown}: ${said.length} characters`)
    // A second is far more than any takes, and far less than work without a bound.
    assert.ok(performance.now() - began < 1_000, shown)
  }
})
