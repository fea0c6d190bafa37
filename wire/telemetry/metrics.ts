/** The metrics of a process: its counters and histograms, and who to ask for its gauges. */
import { within } from "../pause.ts"
import { TELEMETRY } from "../limits.ts"
import { limited, linesWritten, reportWarning } from "../report.ts"
import type { Serving } from "../wire.ts"
import {
  Counter,
  Family,
  Histogram,
  type Labels,
  labelsOf,
  type MetricDefinition,
  type Sink,
} from "./metric.ts"
import { METRIC } from "./metric-table.ts"

/** A value of now, or a sum that others keep: its metric, the number, the labels in order. */
export type Gauge = readonly [MetricDefinition, number, ...(readonly string[])]

/** Tells the gauges of a part of the process. */
export type Observer = () => Iterable<Gauge> | Promise<Iterable<Gauge>>

/** A number and its labels. */
export interface Point {
  readonly labels: Labels
  readonly value: number
}

/** All that a process measures, at one moment. */
export interface Measured {
  readonly numbers: readonly { readonly definition: MetricDefinition; readonly points: Point[] }[]
  readonly histograms: readonly Family<Histogram>[]
}

/** Limited, because it is asked for every few seconds. */
const warn = limited(reportWarning, { burst: 3, everyMs: 60_000 })

/** Keeps the series of a process. */
export class Metrics {
  readonly #counters = new Map<MetricDefinition, Family<Counter>>()
  readonly #histograms = new Map<MetricDefinition, Family<Histogram>>()
  readonly #observers = new Set<Observer>()
  readonly #observeMs: number
  #sinkOf: ((definition: MetricDefinition) => Sink) | undefined

  /** An observer may take `observeMs` milliseconds. */
  constructor(observeMs: number = TELEMETRY.observeMs) {
    this.#observeMs = observeMs
  }

  /** The series of a counter. */
  counters(definition: MetricDefinition): Family<Counter> {
    const known = this.#counters.get(definition)
    if (known) return known
    const made = new Family(definition, (labels) => new Counter(labels))
    this.#counters.set(definition, made)
    return made
  }

  /** The series of a histogram. */
  histograms(definition: MetricDefinition): Family<Histogram> {
    const known = this.#histograms.get(definition)
    if (known) return known
    const { buckets = [] } = definition
    const sink = this.#sinkOf?.(definition)
    const made = new Family(
      definition,
      (labels) => new Histogram(labels, buckets, sink ?? this.#sinkOf?.(definition)),
    )
    this.#histograms.set(definition, made)
    return made
  }

  /** From now on, asks `observer` for gauges whenever somebody reads the metrics. */
  observe(observer: Observer): Serving {
    this.#observers.add(observer)
    return { close: () => void this.#observers.delete(observer) }
  }

  /** Hands each value of a histogram on, as well, from now on. */
  recordInto(sinkOf: (definition: MetricDefinition) => Sink): void {
    this.#sinkOf = sinkOf
    for (const { definition, all } of this.#histograms.values()) {
      const sink = sinkOf(definition)
      for (const histogram of all) histogram.sink = sink
    }
  }

  /** All series. An observer that fails, or takes too long, is left out and counted. */
  async read(): Promise<Measured> {
    const found = await Promise.all([...this.#observers].map((each) => this.#ask(each)))
    const gauges = joinedGauges(found.flat())
    const counters = [...this.#counters.values()].map(({ definition, all }) => {
      const points = [...all].map(({ labels, value }) => ({ labels, value }))
      return { definition, points }
    })
    return { numbers: [...counters, ...gauges], histograms: [...this.#histograms.values()] }
  }

  async #ask(observer: Observer): Promise<Gauge[]> {
    try {
      let found: Iterable<Gauge> = []
      const asked = Promise.resolve().then(observer).then((gauges) => void (found = gauges))
      if (await within(this.#observeMs, asked)) return [...found]
      throw new Error(`no answer within ${this.#observeMs / 1_000} s`)
    } catch (error) {
      this.counters(METRIC.observationsFailed).with().add()
      warn(`some metrics cannot be read now: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }
}

/** Gauges by metric. Two of the same labels, such as those of two nodes in a process, are one. */
const joinedGauges = (gauges: readonly Gauge[]): Measured["numbers"] => {
  const byMetric = new Map<MetricDefinition, Map<string, Point>>()
  for (const [definition, value, ...values] of gauges) {
    const points = byMetric.get(definition) ?? new Map<string, Point>()
    byMetric.set(definition, points)
    const key = values.join("\n")
    const before = points.get(key)
    if (!before && points.size >= TELEMETRY.series) continue
    const labels = labelsOf(definition, values)
    points.set(key, { labels, value: before ? joined(definition, before.value, value) : value })
  }
  return [...byMetric].map(([definition, points]) => {
    return { definition, points: [...points.values()] }
  })
}

const joined = ({ joined }: MetricDefinition, one: number, other: number): number =>
  joined === "largest" ? Math.max(one, other) : one + other

/** The metrics of this process. */
export const METRICS = new Metrics()

METRICS.observe(() =>
  Object.entries(linesWritten).map(([level, count]): Gauge => [METRIC.logLines, count, level])
)
