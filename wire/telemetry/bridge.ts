/** Hands the metrics of a process to OpenTelemetry, if its API and an SDK are there. */
import type { MetricDefinition } from "./metric.ts"
import type { Measured, Metrics } from "./metrics.ts"
import { METRIC } from "./metric-table.ts"

/** The parts of an OpenTelemetry instrument that are used; `Meter` makes it. */
interface Instrument {
  readonly record?: (value: number, attributes: Readonly<Record<string, string>>) => void
}

interface Result<I> {
  readonly observe: (
    instrument: I,
    value: number,
    attributes: Readonly<Record<string, string>>,
  ) => void
}

/** The parts of OpenTelemetry's `Meter` that are used, so that its package need not be there. */
export interface MeterLike<I = unknown> {
  readonly createHistogram: (name: string, options: object) => Required<Instrument>
  readonly createObservableCounter: (name: string, options: object) => I
  readonly createObservableGauge: (name: string, options: object) => I
  readonly addBatchObservableCallback: (
    callback: (result: Result<I>) => Promise<void>,
    instruments: I[],
  ) => void
}

const optionsOf = ({ unit, help: description, buckets }: MetricDefinition) => ({
  unit,
  description,
  ...(buckets ? { advice: { explicitBucketBoundaries: [...buckets] } } : {}),
})

/** From now on, the meter gets each value of a histogram, and asks for all other numbers. */
export const bridgeMetrics = <I>(metrics: Metrics, meter: MeterLike<I>): void => {
  const instruments = new Map<MetricDefinition, I>()
  for (const definition of Object.values(METRIC)) {
    const { name, kind } = definition
    if (kind === "histogram") continue
    const options = optionsOf(definition)
    instruments.set(
      definition,
      kind === "counter"
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options),
    )
  }
  meter.addBatchObservableCallback(async (result) => {
    const { numbers }: Measured = await metrics.read()
    for (const { definition, points } of numbers) {
      const instrument = instruments.get(definition)
      if (instrument === undefined) continue
      for (const { value, labels } of points) result.observe(instrument, value, labels)
    }
  }, [...instruments.values()])
  metrics.recordInto((definition) => meter.createHistogram(definition.name, optionsOf(definition)))
}
