/** Tests of traces: one request is one tree, through timers to views, and what is stored of it. */
import assert from "node:assert/strict"
import * as api from "@opentelemetry/api"
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base"
import type { TestContext } from "node:test"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { traceThrough } from "../wire/internal.ts"
import { library, Loans } from "./fixtures/library.ts"
import { inMemory, type InMemoryApp } from "./in-memory.ts"
import { tracingOf } from "./telemetry.ts"

const { Lend, Return } = Loans.commands
const TRACE = "0af7651916cd43dd8448eb211c80319c"
const CALLER = "b7ad6b7169203331"
const SAMPLED = `00-${TRACE}-${CALLER}-01`

/** An application whose spans are recorded as this sampler says. */
const traced = async (t: TestContext, sampler?: Sampler) => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    ...(sampler ? { sampler } : {}),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const before = traceThrough(tracingOf(api, provider.getTracer("leftfold")))
  t.after(() => void traceThrough(before))
  t.after(() => provider.shutdown())
  const app = await inMemory(library)
  t.after(() => app.stop())
  return { app, spans: () => exporter.getFinishedSpans() }
}

const lend = (app: InMemoryApp, id: string, headers: Record<string, string> = {}) =>
  app.fetch(`/library/loan/${id}/Lend`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: '{"to":"ann"}',
  })

interface History {
  readonly events: readonly Readonly<Record<string, string>>[]
}

const eventsOf = async (app: InMemoryApp, path: string) =>
  (await (await app.fetch(`${path}/history`)).json() as History).events

/** The spans as a tree, those of one parent in the order of their names. */
const treeOf = (spans: readonly ReadableSpan[], parent: string, depth = 0): string[] =>
  spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .toSorted((one, other) => one.name < other.name ? -1 : 1)
    .flatMap((span) => [
      `${"  ".repeat(depth)}${span.name}`,
      ...treeOf(spans, span.spanContext().spanId, depth + 1),
    ])

const letterOf = (depth: number): string[] =>
  [
    "send cmd.letter-box.letter.{id}.Write",
    "  process cmd.letter-box.letter.{id}.Write",
    "    process letter-box.letter-list",
    "    send evt.letter-box.letter.{slice}.{id}",
  ].map((line) => "  ".repeat(depth) + line)

test("a request is one tree: command, append, policy, timers an hour later, views", async (t) => {
  const { app, spans } = await traced(t)
  assert.equal((await lend(app, "l-1", { traceparent: SAMPLED })).status, 200)
  await app.advance("2 hours")
  const own = () => spans().filter((span) => span.spanContext().traceId === TRACE)
  const wanted = [
    "POST",
    "  send cmd.library.loan.{id}.Lend",
    "    process cmd.library.loan.{id}.Lend",
    "      process letter-box.reminders",
    ...["process letter-box.reminders", "process letter-box.reminders"].flatMap((line) => [
      `        ${line}`,
      ...letterOf(5),
    ]),
    ...letterOf(4),
    "      process library.loan-list",
    "      send evt.library.loan.{slice}.{id}",
  ]
  await until(() => own().length >= wanted.length)
  assert.deepEqual(treeOf(own(), CALLER), wanted)
  assert.equal(own().length, wanted.length)
  const command = own().find(({ name }) => name === "process cmd.library.loan.{id}.Lend")
  assert.equal(command?.kind, api.SpanKind.CONSUMER)
  assert.equal(command?.attributes["messaging.system"], "nats")
  assert.equal(command?.attributes["leftfold.actor.id"], "l-1")
  assert.equal(command?.attributes["leftfold.outcome"], "accepted")
  const [event] = await eventsOf(app, "/library/loan/l-1")
  assert.equal(event?.traceparent, `00-${TRACE}-${command?.spanContext().spanId}-01`)
})

test("an unrecorded trace is stored and passed on, and makes no span", async (t) => {
  const { app, spans } = await traced(t)
  const unsampled = `00-${TRACE}-${CALLER}-00`
  assert.equal((await lend(app, "l-2", { traceparent: unsampled })).status, 200)
  await app.advance("2 hours")
  assert.deepEqual(spans(), [])
  const [event] = await eventsOf(app, "/library/loan/l-2")
  assert.equal(event?.traceparent, unsampled)
  const letters = await eventsOf(app, "/letter-box/letter/l-2")
  assert.deepEqual(letters.map(({ traceparent }) => traceparent), Array(3).fill(unsampled))
})

test("a request without a trace begins one, which the sampler drops or records", async (t) => {
  const never = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) })
  const { app, spans } = await traced(t, never)
  assert.equal((await lend(app, "l-3")).status, 200)
  await app.client.ask(Loans, "l-3", Return())
  await app.advance("0 seconds")
  assert.deepEqual(spans(), [])
  for (const { traceparent = "" } of await eventsOf(app, "/library/loan/l-3")) {
    assert.match(traceparent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/)
  }
})

test("a malformed trace context is ignored, and begins a trace like none", async (t) => {
  const { app, spans } = await traced(t)
  const { length } = spans()
  const malformed = ["", "x", SAMPLED.toUpperCase(), `${SAMPLED}-more`, `ff${SAMPLED.slice(2)}`]
  for (const [at, traceparent] of malformed.entries()) {
    assert.equal((await lend(app, `m-${at}`, { traceparent, tracestate: "a=1" })).status, 200)
    const [event] = await eventsOf(app, `/library/loan/m-${at}`)
    assert.ok(!event?.traceparent?.includes(TRACE), traceparent)
    assert.equal(event?.tracestate, undefined)
  }
  await until(() => spans().length > length)
  assert.ok(spans().every((span) => span.spanContext().traceId !== TRACE))
})

test("state and baggage come along within bounds, to events and what follows", async (t) => {
  const { app } = await traced(t)
  const [tracestate, baggage] = [
    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "user=ann;p=1,tier=gold",
  ]
  await lend(app, "b-1", { traceparent: SAMPLED, tracestate, baggage })
  await app.advance("2 seconds")
  const all = [
    ...await eventsOf(app, "/library/loan/b-1"),
    ...await eventsOf(app, "/letter-box/letter/b-1"),
  ]
  assert.equal(all.length, 3)
  for (const event of all) {
    assert.deepEqual([event.tracestate, event.baggage], [tracestate, baggage])
  }
  const [long, odd] = ["x".repeat(2_000), "a=\u00e9"]
  await lend(app, "b-2", { traceparent: SAMPLED, tracestate: `a=${long}`, baggage: `a=${long}` })
  await lend(app, "b-3", { traceparent: SAMPLED, tracestate: odd, baggage: "no equals sign" })
  for (const id of ["b-2", "b-3"]) {
    const [event] = await eventsOf(app, `/library/loan/${id}`)
    assert.deepEqual([event?.tracestate, event?.baggage], [undefined, undefined], id)
  }
})

test("commands of one turn have one append, which names them all", async (t) => {
  const { app, spans } = await traced(t)
  const asks = Array.from(
    { length: 20 },
    (_, at) => app.client.ask(Loans, "t-1", Lend({ to: `ann-${at}` })),
  )
  await Promise.all(asks)
  await app.advance("0 seconds")
  const appends = () => spans().filter(({ name }) => name.startsWith("send evt.library"))
  const count = () =>
    appends().reduce(
      (sum, { attributes }) => sum + Number(attributes["messaging.batch.message_count"]),
      0,
    )
  await until(() => count() === 20)
  assert.ok(appends().length < 20)
  for (const { links, attributes } of appends()) {
    assert.equal(links.length, Number(attributes["messaging.batch.message_count"]) - 1)
  }
})
