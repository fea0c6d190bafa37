/** The gauges of the roles that a process runs: how each is doing now. */
import { POLICY, type RunningPolicies } from "../actors/internal.ts"
import type { LiveQueries } from "../gateway/internal.ts"
import type { ProjectionHealth } from "../projections/internal.ts"
import {
  type Gauge,
  type HealthStatus,
  METRIC,
  statusOf,
  type Wire,
  worstOf,
} from "../wire/internal.ts"
import { policiesStatus, viewStatus } from "./role-status.ts"

const bit = (is: boolean): number => is ? 1 : 0

const secondsSince = (since: number | undefined): number =>
  since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1_000)

/** The gauges of a connection of a role. */
export const wireGauges = (role: string, wire: Wire): Gauge[] => [
  [METRIC.connected, bit(wire.connected()), role],
  [METRIC.refusedReplies, wire.refusedReplies(), role],
]

const statusGauges = (role: string, status: HealthStatus): Gauge[] => [
  [METRIC.ready, bit(status === "ready"), role],
  [METRIC.broken, bit(status === "broken"), role],
]

/** The gauges of a node. */
export const nodeGauges = (
  { nodes, troubles, ...health }: {
    readonly ready: boolean
    readonly degraded?: true
    readonly nodes: number
    readonly troubles: readonly string[]
  },
): Gauge[] => [
  ...statusGauges("actors", statusOf(health)),
  [METRIC.nodesKnown, nodes],
  [METRIC.troubles, troubles.length],
]

const ofProjection = (health: ProjectionHealth): Gauge[] => {
  const { name, ready, lag = 0, lagMs = 0, building, heldUpSince } = health
  const heldUp = heldUpSince === undefined ? undefined : Date.parse(heldUpSince)
  return [
    [METRIC.projectionReady, bit(ready), name],
    [METRIC.projectionLag, lag, name, "serving"],
    ...building ? [[METRIC.projectionLag, building.lag, name, "building"] satisfies Gauge] : [],
    [METRIC.projectionLagTime, lagMs / 1_000, name],
    [METRIC.projectionHeldUp, secondsSince(heldUp), name],
    [METRIC.projectionParkedKeys, health.parkedKeys ?? 0, name],
    [METRIC.projectionParkedEvents, health.parkedEvents ?? 0, name],
    [METRIC.projectionUnreadable, health.unreadable ?? 0, name],
  ]
}

/** The gauges of projections. */
export const projectionGauges = (all: readonly ProjectionHealth[]): Gauge[] => [
  ...statusGauges("projections", worstOf(all.map(viewStatus))),
  ...all.flatMap(ofProjection),
]

/** The gauges of policies and their timers. Rejects with `Unavailable`. */
export const policyGauges = async (running: RunningPolicies): Promise<Gauge[]> => {
  const states = running.byPolicy()
  const [lags, timers] = await Promise.all([running.lag(), running.timers()])
  return [
    ...statusGauges("policies", policiesStatus(running)),
    ...states.flatMap(({ policy, stuck, stuckSinceMs, slow, parked }): Gauge[] => [
      [METRIC.policyStuck, stuck, policy],
      [METRIC.policyStuckTime, secondsSince(stuckSinceMs), policy],
      [METRIC.policySlow, slow, policy],
      [METRIC.policyParked, parked, policy],
    ]),
    [METRIC.policyParkedLimit, POLICY.parked],
    [METRIC.policyUnreadable, running.unreadable().count],
    ...Object.entries(lags).map(([name, lag]): Gauge => {
      const [first = "", second = ""] = name.split(" ")
      // The due timers are named by their context.
      return second === "timers"
        ? [METRIC.policyLag, lag, "timers", first]
        : [METRIC.policyLag, lag, first, second]
    }),
    ...Object.entries(timers).map(([context, count]): Gauge => [
      METRIC.timersWaiting,
      count,
      context,
    ]),
  ]
}

/** The gauges of live queries. */
export const liveGauges = (live: LiveQueries): Gauge[] => [
  [METRIC.liveStreams, live.streams.open],
  [METRIC.liveStreamsLimit, live.streams.most],
  [METRIC.liveQuestions, live.questions],
  [METRIC.liveUnread, live.backlog.bytes],
  [METRIC.liveUnreadLimit, live.backlog.most],
]
