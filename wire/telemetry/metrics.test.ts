/** Tests of metrics: their series, their text for Prometheus, and OpenTelemetry's view of them. */
import assert from "node:assert/strict"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { test } from "../../testing/test.ts"
import { TELEMETRY } from "../limits.ts"
import { bridgeMetrics } from "./bridge.ts"
import { METRIC } from "./metric-table.ts"
import { Metrics } from "./metrics.ts"
import { prometheusName, prometheusText } from "./prometheus.ts"
import { RecentMost } from "./recent-most.ts"

const all = Object.values(METRIC)

/** A process that has measured one value of each kind. */
const some = (): Metrics => {
  const metrics = new Metrics()
  metrics.counters(METRIC.commands).with("bank.account", "Open", "rejected", "AlreadyOpen").add(3)
  const turns = metrics.histograms(METRIC.turnCommands).with("bank.account")
  for (const size of [1, 1, 3, 1_000]) turns.record(size)
  metrics.observe(() => [[METRIC.residents, 2], [METRIC.projectionLag, 7, "bank.list", "serving"]])
  return metrics
}

test("the text for Prometheus has names, labels, and buckets that add up", async () => {
  const text = await prometheusText(some())
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  assert.deepEqual(lines, [
    'leftfold_commands_total{leftfold_actor="bank.account",leftfold_command="Open",' +
    'leftfold_outcome="rejected",leftfold_reason="AlreadyOpen"} 3',
    "leftfold_actors_resident 2",
    'leftfold_projection_lag{leftfold_projection="bank.list",' +
    'leftfold_generation_state="serving"} 7',
    ...[[1, 2], [2, 2], [4, 3], [8, 3], [16, 3], [32, 3], [64, 3], [128, 3], [256, 3], ["+Inf", 4]]
      .map(([bound, count]) =>
        `leftfold_turn_commands_bucket{leftfold_actor="bank.account",le="${bound}"} ${count}`
      ),
    'leftfold_turn_commands_sum{leftfold_actor="bank.account"} 1005',
    'leftfold_turn_commands_count{leftfold_actor="bank.account"} 4',
  ])
  assert.match(text, /^# TYPE leftfold_turn_commands histogram$/m)
})

test("a value of a label cannot end its line or its quotes", async () => {
  const metrics = new Metrics()
  metrics.counters(METRIC.logLines).with('a"b\\c\nd').add()
  assert.match(await prometheusText(metrics), /\{leftfold_level="a\\"b\\\\c\\nd"\} 1\n/)
})

test("ten thousand values of a label are no more series than the bound, and none is lost", () => {
  const metrics = new Metrics()
  const levels = metrics.counters(METRIC.logLines)
  for (let each = 0; each < 10_000; each++) levels.with(String(each)).add()
  const series = [...levels.all]
  assert.equal(series.length, TELEMETRY.series + 1)
  assert.equal(series.reduce((sum, { value }) => sum + value, 0), 10_000)
  const overflow = series.filter(({ labels }) => labels["otel.metric.overflow"] === "true")
  assert.deepEqual(overflow.map(({ value }) => value), [10_000 - TELEMETRY.series])
})

test("equal gauges of one process are added up, or the largest counts", async () => {
  const metrics = new Metrics()
  for (const count of [3, 4]) {
    metrics.observe(() => [[METRIC.residents, count], [METRIC.projectionParkedKeys, count, "p"]])
  }
  const { numbers } = await metrics.read()
  assert.deepEqual(numbers.flatMap(({ points }) => points.map(({ value }) => value)), [7, 4])
})

test("a part that fails or hangs is counted, and the others are told", async () => {
  const metrics = new Metrics(20)
  metrics.observe(() => Promise.reject(new Error("no")))
  metrics.observe(() => new Promise(() => {}))
  metrics.observe(() => [[METRIC.residents, 1]])
  const text = await prometheusText(metrics)
  assert.match(text, /^leftfold_actors_resident 1$/m)
  assert.match(await prometheusText(metrics), /^leftfold_observations_failed_total [24]$/m)
  const closed = new Metrics()
  closed.observe(() => [[METRIC.residents, 1]]).close()
  assert.equal(await prometheusText(closed), "")
})

test("OpenTelemetry is told the same numbers under the same names", async () => {
  const metrics = some()
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  bridgeMetrics(metrics, provider.getMeter("leftfold"))
  // What was recorded before is not told again, but what comes is.
  metrics.histograms(METRIC.turnCommands).with("bank.account").record(5)
  metrics.histograms(METRIC.wakeDuration).with("bank.account").record(0.004)
  await provider.forceFlush()
  const told = exporter.getMetrics().at(-1)?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
  await provider.shutdown()
  const values = told.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => {
      const shown = typeof value === "object" && "count" in value ? value.count : value
      return `${name} ${unit} ${JSON.stringify(Object.values(attributes))} ${shown}`
    })
  )
  assert.deepEqual(values.toSorted(), [
    "leftfold.actors.resident {actor} [] 2",
    'leftfold.commands {command} ["bank.account","Open","rejected","AlreadyOpen"] 3',
    'leftfold.projection.lag {message} ["bank.list","serving"] 7',
    'leftfold.turn.commands {command} ["bank.account"] 1',
    'leftfold.wake.duration s ["bank.account"] 1',
  ])
  const wakes = told.find(({ descriptor }) => descriptor.name === "leftfold.wake.duration")
  const [first] = wakes?.dataPoints ?? []
  const { buckets } = first?.value as { readonly buckets: { readonly boundaries: number[] } }
  assert.deepEqual(buckets.boundaries, METRIC.wakeDuration.buckets)
})

test("each metric has a name of its own, a help, and no id among its labels", () => {
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
  assert.equal(new Set(all.map(prometheusName)).size, all.length)
  for (const { name, help, labels } of all) {
    assert.match(name, /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/)
    assert.match(help, /\.$/, name)
    for (const label of labels) assert.doesNotMatch(label, /\bid\b|key|correlation|principal/, name)
  }
})

test("the largest value of late is forgotten after a while, and not before it was read", () => {
  let nowMs = 0
  const most = new RecentMost(() => nowMs)
  for (const value of [3, 9, 4]) most.note(value)
  assert.equal(most.value, 9)
  nowMs = 31_000
  assert.equal(most.value, 9)
  most.note(2)
  assert.equal(most.value, 9, "for at least one more window")
  nowMs = 62_000
  assert.equal(most.value, 9)
  assert.equal(most.value, 2)
})
