/** Connects an application to OpenTelemetry, if its API is installed and an SDK is registered. */
import process from "node:process"
import { bridgeMetrics, METRICS, reportInfo, reportWarning } from "../wire/internal.ts"

/** The name of the scope under which OpenTelemetry gets our metrics. */
const SCOPE = "leftfold"

type Api = typeof import("@opentelemetry/api")

const isMissing = (error: unknown): boolean =>
  error instanceof Error && /not found|cannot find|not a dependency/i.test(error.message)

/** The API of OpenTelemetry; undefined if it is not installed. */
const api = async (): Promise<Api | undefined> => {
  try {
    return await import("@opentelemetry/api")
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether the environment says that OpenTelemetry is wanted. */
const isWanted = (): boolean =>
  process.env.OTEL_DENO === "true" || Boolean(process.env.OTEL_EXPORTER_OTLP_ENDPOINT)

const connect = async (): Promise<void> => {
  const found = await api()
  if (!found) {
    if (isWanted()) {
      reportWarning(
        "OpenTelemetry gets nothing of this process: install @opentelemetry/api 1.9, and " +
          "register an SDK before the application starts (docs/guides/watching.md)",
      )
    }
    return
  }
  const { metrics, createNoopMeter } = found
  const meter = metrics.getMeter(SCOPE)
  const isMeasured = meter !== createNoopMeter()
  if (isMeasured) bridgeMetrics(METRICS, meter)
  if (isMeasured) reportInfo("OpenTelemetry gets the metrics of this process")
}

let connected: Promise<void> | undefined

/**
 * Hands metrics to the SDK that is registered now. Only the first call in a process does
 * something: the SDK of a process does not change.
 */
export const connectOpenTelemetry = (): Promise<void> => connected ??= connect()
