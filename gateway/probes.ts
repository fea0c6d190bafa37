/** Probes: what orchestrators, load balancers and monitoring ask a process over HTTP. */
import { createHash, timingSafeEqual } from "node:crypto"
import { type Context, Hono } from "hono"
import { type Health, PROMETHEUS_TYPE, sharedLook, statusOf } from "../wire/internal.ts"

/** What the probes of a process need. */
export interface ProbeOptions {
  /** Whether this process can serve: whether its wire is connected. */
  readonly connected: () => boolean
  /** Whether this process is about to stop; false by default. */
  readonly stopping?: (() => boolean) | undefined
  /** The metrics of this process, as text for Prometheus; without it, none are served. */
  readonly metrics?: (() => Promise<string>) | undefined
}

/** The same for a gateway, which can ask all other processes. */
export interface ReadinessOptions extends ProbeOptions {
  /** Whether everything behind the gateway is ready, with a report. */
  readonly readiness: () => Promise<Health>
  /**
   * The token that, sent as `Authorization: Bearer …`, gets the whole report. Without it nobody
   * does.
   */
  readonly healthToken?: string | undefined
  /** Whether everybody gets the metrics: under development, nobody else reaches the port. */
  readonly openMetrics?: boolean | undefined
}

const NOT_KEPT = { "Cache-Control": "no-store" }

const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest()

/** Whether a text is this secret. It compares in constant time, so that the time tells nothing. */
export const isSameSecret = (given: string | undefined, secret: string): boolean =>
  given !== undefined && timingSafeEqual(digest(given), digest(secret))

const isToken = (context: Context, token: string): boolean => {
  const given = /^Bearer (.+)$/i.exec(context.req.header("Authorization") ?? "")?.[1]
  return isSameSecret(given, token)
}

/**
 * `/livez` answers while the event loop turns, whatever else is wrong: restart a process that does
 * not answer. `/healthz` says whether the process can serve: send it no requests while it cannot,
 * or is about to stop.
 */
const addProbes = (app: Hono, { connected, stopping }: ProbeOptions): void => {
  app.get("/livez", (context) => context.json({ live: true }, 200, NOT_KEPT))
  app.get("/healthz", (context) => {
    const ready = connected() && !stopping?.()
    return context.json({ ready }, ready ? 200 : 503, NOT_KEPT)
  })
}

/** Simultaneous questions share one look, because each takes some messages. */
const metricsAnswer = (metrics: () => Promise<string>) => {
  const look = sharedLook(metrics, 0)
  const headers = { ...NOT_KEPT, "Content-Type": PROMETHEUS_TYPE }
  return async (context: Context) => context.body(await look(), 200, headers)
}

/**
 * The same, and `/readyz`: whether all is ready, degraded or broken, and how, for those who have
 * the token. What is degraded does its work, so it is no failure.
 */
export const addReadiness = (app: Hono, options: ReadinessOptions): void => {
  const { healthToken, stopping } = options
  // Each look takes many messages, and strangers ask.
  const readiness = sharedLook(options.readiness, 0)
  addProbes(app, options)
  app.get("/readyz", async (context) => {
    const looked = await readiness()
    const isStopping = stopping?.() === true
    const status = isStopping ? "broken" : statusOf(looked)
    const told = { ready: status === "ready", status }
    const isShown = healthToken !== undefined && isToken(context, healthToken)
    const { degraded: _, ...details } = looked
    const answer = isShown ? { ...details, ...told, ...(isStopping && { stopping: true }) } : told
    return context.json(answer, status === "broken" ? 503 : 200, NOT_KEPT)
  })
  const { metrics, openMetrics } = options
  if (!metrics || (healthToken === undefined && !openMetrics)) return
  const answer = metricsAnswer(metrics)
  // Strangers reach this port, and names and numbers of a system are not theirs.
  app.get(
    "/metrics",
    (context) =>
      openMetrics || isToken(context, healthToken ?? "") ? answer(context) : context.notFound(),
  )
}

/** The probes on a port of their own, which only the operators' network reaches, and metrics. */
export const createProbes = (options: ProbeOptions): Hono => {
  const app = new Hono()
  addProbes(app, options)
  if (options.metrics) app.get("/metrics", metricsAnswer(options.metrics))
  return app
}
