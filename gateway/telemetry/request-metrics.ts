/** Measures requests by method, route and status, and traces them if somebody records spans. */
import type { Context, MiddlewareHandler } from "hono"
import { routePath } from "hono/route"
import {
  checkedTrace,
  type Histogram,
  METRIC,
  METRICS,
  type Span,
  startSpan,
  TRACING,
  type Tracing,
} from "../../wire/internal.ts"

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])

/** What stands for any method or route that this gateway does not know: strangers choose them. */
const OTHER = "_OTHER"

/** The route that answered, such as `/:context/:query`; that of all requests counts as none. */
const routeOf = (route: string): string => /^\/?\*$|^$/.test(route) ? OTHER : route

/** Measures each request until its answer begins. */
export const measured = (): MiddlewareHandler => {
  const known = new Map<string, Histogram>()
  const seriesOf = (method: string, route: string, status: number): Histogram => {
    const key = `${method} ${route} ${status}`
    const found = known.get(key) ??
      METRICS.histograms(METRIC.requestDuration).with(method, route, String(status))
    known.set(key, found)
    return found
  }
  return async (context, next) => {
    const begunMs = performance.now()
    const method = METHODS.has(context.req.method) ? context.req.method : OTHER
    const span = TRACING === undefined ? undefined : requestSpan(TRACING, method, context)
    await next()
    const route = routeOf(routePath(context, -1))
    const { status } = context.res
    seriesOf(method, route, status).record((performance.now() - begunMs) / 1_000)
    if (span === undefined) return
    span.set({ "http.route": route, "http.response.status_code": status })
    span.end(status >= 500 ? String(status) : undefined)
  }
}

/** A trace context, with the state that belongs to it. */
interface Traced {
  readonly traceparent?: string
  readonly tracestate?: string | undefined
}

/** The trace contexts of requests that are traced here. */
const contexts = new WeakMap<Context, Traced>()

/** The trace context for what a request sets in motion: that of its span, if it has one. */
export const tracedBy = (context: Context): Traced =>
  TRACING === undefined ? {} : contexts.get(context) ?? {}

const requestSpan = (tracing: Tracing, method: string, context: Context): Span | undefined => {
  const { traceparent, tracestate } = checkedTrace((name) => context.req.header(name))
  const span = startSpan(tracing, {
    // A name of few values: strangers choose paths.
    name: method === OTHER ? "HTTP" : method,
    kind: "server",
    parent: traceparent,
    state: tracestate,
    attributes: { "http.request.method": method, "url.path": context.req.path.slice(0, 1_024) },
  })
  if (span) contexts.set(context, { traceparent: span.context, tracestate })
  return span
}
