/** Metrics: what one is, and the series of numbers that a process keeps for it. */
import { TELEMETRY } from "../limits.ts"

/** How a metric is read: a sum that only grows, a value of now, or a distribution of values. */
export type MetricKind = "counter" | "gauge" | "histogram"

/** What a metric measures. Its labels take few values: never the id of an actor or a command. */
export interface MetricDefinition {
  /** Its name in OpenTelemetry, such as `leftfold.commands`. */
  readonly name: string
  readonly kind: MetricKind
  /** Seconds `s`, bytes `By`, or what is counted, in braces. */
  readonly unit: string
  /** One sentence that says what it measures. */
  readonly help: string
  readonly labels: readonly string[]
  /** The upper bounds of a histogram's buckets, in order. */
  readonly buckets?: readonly number[]
  /** How equal gauges of one process become one: their sum by default, or the largest. */
  readonly joined?: "sum" | "largest"
}

/** The values of labels. An empty value is the same as no label. */
export type Labels = Readonly<Record<string, string>>

/** What is told each value as it is recorded, as well. */
export interface Sink {
  readonly record: (value: number, labels: Labels) => void
}

/** One sum that only grows. */
export class Counter {
  readonly labels: Labels
  value = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  add(count = 1): void {
    this.value += count
  }
}

/** How often values fell into each bucket, and their sum. */
export class Histogram {
  readonly labels: Labels
  readonly bounds: readonly number[]
  /** How many values each bucket holds; the last one holds those above all bounds. */
  readonly counts: number[]
  sum = 0
  sink: Sink | undefined

  constructor(labels: Labels, bounds: readonly number[], sink: Sink | undefined) {
    this.labels = labels
    this.bounds = bounds
    this.counts = [...bounds, Infinity].map(() => 0)
    this.sink = sink
  }

  record(value: number): void {
    const { bounds, counts } = this
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    counts[bucket]!++
    this.sum += value
    this.sink?.record(value, this.labels)
  }
}

/** The labels of a series beyond the bound: one series stands for all of those. */
const OVERFLOW: Labels = { "otel.metric.overflow": "true" }

/** The series of one metric, at most `TELEMETRY.series`. */
export class Family<S extends { readonly labels: Labels }> {
  readonly definition: MetricDefinition
  readonly #make: (labels: Labels) => S
  readonly #series = new Map<string, S>()

  constructor(definition: MetricDefinition, make: (labels: Labels) => S) {
    this.definition = definition
    this.#make = make
  }

  /** The series with these values, in the order of the metric's labels. */
  with(...values: readonly string[]): S {
    const key = values.join("\n")
    const known = this.#series.get(key)
    if (known) return known
    const isFull = this.#series.size >= TELEMETRY.series
    if (isFull) return this.#series.get("") ?? this.#added("", OVERFLOW)
    return this.#added(key, labelsOf(this.definition, values))
  }

  get all(): Iterable<S> {
    return this.#series.values()
  }

  #added(key: string, labels: Labels): S {
    const made = this.#make(labels)
    this.#series.set(key, made)
    return made
  }
}

/** The labels of a metric with these values, in order. Empty values are left out. */
export const labelsOf = (
  { labels }: MetricDefinition,
  values: readonly string[],
): Labels =>
  Object.fromEntries(
    labels.flatMap((label, at) => values[at] ? [[label, values[at]] as const] : []),
  )
