/** The status of roles: what makes a view or the policies of a process broken or degraded. */
import type { RunningPolicies } from "../actors/internal.ts"
import type { ProjectionHealth } from "../projections/internal.ts"
import { type HealthStatus, statusBy } from "../wire/internal.ts"
import { READINESS } from "./limits.ts"

/**
 * The status of a view. Degraded: its rows can be read, and some of them may be wrong or old, or
 * this process cannot fold the version of its code.
 */
export const viewStatus = (
  { ready, parkedKeys = 0, unreadable = 0, failure, refused, building, lagMs = 0 }:
    ProjectionHealth,
): HealthStatus =>
  statusBy(
    !ready,
    parkedKeys > 0 || unreadable > 0 || failure !== undefined || refused !== undefined ||
      (building?.parkedKeys ?? 0) > 0 || lagMs >= READINESS.lateMs,
  )

/** The status of the policies of a process: broken while something is tried again or waits. */
export const policiesStatus = (running: RunningPolicies): HealthStatus =>
  statusBy(
    running.stuck().length > 0 || running.waiting().length > 0,
    running.slow().length > 0 || running.parked().count > 0 || running.unreadable().count > 0,
  )
