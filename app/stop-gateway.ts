/** Stops a gateway so that no request is lost: others notice first, then the last ones end. */
import { setTimeout } from "node:timers/promises"
import type { InFlight, LiveQueries, ServingGateway } from "../gateway/internal.ts"

/** How long a gateway that stops goes on. */
export interface Ending {
  /** How long it still takes requests, in milliseconds. */
  readonly drainMs: () => number
  /** How long those in flight after that have, in milliseconds. */
  readonly graceMs: number
}

/**
 * Stops a gateway: it says at once that it is not ready, takes requests until others have noticed,
 * and then answers those in flight. Streams end before, because they would never be answered.
 */
export const stopGateway =
  (inFlight: InFlight, live: LiveQueries, { drainMs, graceMs }: Ending) =>
  async (serving: ServingGateway): Promise<void> => {
    inFlight.stop()
    const ms = drainMs()
    if (ms > 0) await setTimeout(ms)
    live.close()
    await serving.stop(inFlight.finish(graceMs))
  }
