/** Measures how long requests take, by their method, their route and their status. */
import type { MiddlewareHandler } from "hono"
import { routePath } from "hono/route"
import { type Histogram, METRIC, METRICS } from "../../wire/internal.ts"

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
    await next()
    const method = METHODS.has(context.req.method) ? context.req.method : OTHER
    const route = routeOf(routePath(context, -1))
    seriesOf(method, route, context.res.status).record((performance.now() - begunMs) / 1_000)
  }
}
