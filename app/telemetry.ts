/** Connects an application to OpenTelemetry, if its API is installed and an SDK is registered. */
import process from "node:process"
import {
  bridgeMetrics,
  METRICS,
  reportInfo,
  reportWarning,
  type Span,
  type SpanStart,
  traceThrough,
  type Tracing,
} from "../wire/internal.ts"

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
  const [isMeasured, tracer] = [meter !== createNoopMeter(), tracerOf(found)]
  if (isMeasured) bridgeMetrics(METRICS, meter)
  if (tracer) traceThrough(tracingOf(found, tracer))
  const given = [...isMeasured ? ["metrics"] : [], ...tracer ? ["traces"] : []]
  if (given.length > 0) reportInfo(`OpenTelemetry gets the ${given.join(" and ")} of this process`)
}

type Tracer = ReturnType<Api["trace"]["getTracer"]>

/** The tracer of the SDK; undefined while the API only has a stand-in, which records nothing. */
const tracerOf = ({ trace, ProxyTracerProvider }: Api): Tracer | undefined => {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer(SCOPE)
    : provider.getTracer(SCOPE)
}

/** Where the parts of a trace context stand in its text. */
const PARTS = { trace: [3, 35], span: [36, 52], flags: [53, 55] } as const

type SpanContext = Parameters<Api["trace"]["setSpanContext"]>[1]

const textOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`

const nothing = (): void => {}

/** Records spans by this tracer. */
export const tracingOf = (api: Api, tracer: Tracer): Tracing => {
  const { trace, SpanKind, SpanStatusCode, ROOT_CONTEXT, createTraceState } = api
  const kinds = {
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    producer: SpanKind.PRODUCER,
    consumer: SpanKind.CONSUMER,
  }
  const contextOf = (text: string, state?: string): SpanContext => ({
    traceId: text.slice(...PARTS.trace),
    spanId: text.slice(...PARTS.span),
    traceFlags: parseInt(text.slice(...PARTS.flags), 16),
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  })
  const start = ({ name, kind, parent, state, attributes, links }: SpanStart): Span => {
    const context = parent === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent, state))
    const linked = links?.map((each) => ({ context: contextOf(each) })) ?? []
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes, links: linked }, context)
    const text = textOf(span.spanContext())
    // Only its context is needed of one that the sampler has dropped.
    if (!span.isRecording()) return { context: text, set: nothing, end: nothing }
    return {
      context: text,
      set: (given) => void span.setAttributes(given),
      end: (error) => {
        if (error !== undefined) {
          span.setAttribute("error.type", error)
          span.setStatus({ code: SpanStatusCode.ERROR, message: error })
        }
        span.end()
      },
    }
  }
  const active = () => {
    const span = trace.getActiveSpan()
    return span && textOf(span.spanContext())
  }
  return { start, active }
}

let connected: Promise<void> | undefined

/**
 * Hands metrics and spans to the SDK that is registered now. Only the first call in a process does
 * something: the SDK of a process does not change.
 */
export const connectOpenTelemetry = (): Promise<void> => connected ??= connect()
