/**
 * Metrics as text for Prometheus, in its format 0.0.4. Names are made as OpenTelemetry's exporters
 * make them, so that rules and dashboards fit both.
 */
import type { Histogram, Labels, MetricDefinition } from "./metric.ts"
import type { Measured, Metrics } from "./metrics.ts"

/** The content type of the text. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

const SUFFIX: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" }

const nameIn = (text: string): string => text.replaceAll(/[^A-Za-z0-9_]/g, "_")

/** The name of a metric in Prometheus; a histogram has three, with `_bucket` and so on. */
export const prometheusName = ({ name, kind, unit }: MetricDefinition): string =>
  `${nameIn(name)}${SUFFIX[unit] ?? ""}${kind === "counter" ? "_total" : ""}`

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')

const labelText = (labels: Labels, more?: string): string => {
  const each = Object.entries(labels).map(([name, value]) => `${nameIn(name)}="${escaped(value)}"`)
  const all = more === undefined ? each : [...each, more]
  return all.length === 0 ? "" : `{${all.join(",")}}`
}

const head = (definition: MetricDefinition): string => {
  const name = prometheusName(definition)
  const help = definition.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
  return `# HELP ${name} ${help}\n# TYPE ${name} ${definition.kind}\n`
}

const histogramLines = (name: string, { labels, bounds, counts, sum }: Histogram): string => {
  let so = 0
  const lines = counts.map((count, at) => {
    so += count
    return `${name}_bucket${labelText(labels, `le="${bounds[at] ?? "+Inf"}"`)} ${so}\n`
  })
  const [sums, total] = [`${name}_sum${labelText(labels)} ${sum}\n`, so]
  return `${lines.join("")}${sums}${name}_count${labelText(labels)} ${total}\n`
}

const textOf = ({ numbers, histograms }: Measured): string => {
  const parts: string[] = []
  for (const { definition, points } of numbers) {
    if (points.length === 0) continue
    const name = prometheusName(definition)
    parts.push(head(definition))
    for (const { labels, value } of points) parts.push(`${name}${labelText(labels)} ${value}\n`)
  }
  for (const { definition, all } of histograms) {
    const lines = [...all].map((each) => histogramLines(prometheusName(definition), each))
    if (lines.length > 0) parts.push(head(definition), ...lines)
  }
  return parts.join("")
}

/** The text of all metrics now. */
export const prometheusText = async (metrics: Metrics): Promise<string> =>
  textOf(await metrics.read())
