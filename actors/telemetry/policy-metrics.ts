/** Measures the attempts of policies: how long each takes, and how it fails. */
import { errorType, METRIC, METRICS } from "../../wire/internal.ts"

/** Runs an attempt of a policy at something from this destination, and measures it. */
export const measuredAttempt = async (
  policy: string,
  destination: string,
  attempt: () => Promise<void>,
): Promise<void> => {
  const begunMs = performance.now()
  let error = ""
  try {
    await attempt()
  } catch (thrown) {
    error = errorType(thrown)
    throw thrown
  } finally {
    METRICS.histograms(METRIC.processDuration).with("nats", "process", destination, policy, error)
      .record((performance.now() - begunMs) / 1_000)
  }
}
