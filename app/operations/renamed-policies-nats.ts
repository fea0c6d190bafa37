/** Finds policies that were renamed: a new one would begin again where another one has stopped. */
import { type ConsumerInfo, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import {
  JETSTREAM_ERROR,
  jetStreamOptions,
  type NatsWire,
  reportWarning,
  streamName,
} from "../../wire/internal.ts"
import { contextOf, messageOf, positionOf } from "../../contracts/internal.ts"
import type { Policy } from "../../actors/internal.ts"
import type { AppDefinition } from "../app.ts"
import { POSITIONS_NAMED } from "../limits.ts"
import { StartProblem } from "../start-problem.ts"

/** The position that a policy has in the log of a context. */
interface Kept {
  /** The first name of the policy, under which the position is kept. */
  readonly policy: string
  readonly context: string
  /** Up to here, each message is done. */
  readonly sequence: number
}

/** The durable consumer of a policy: names hold dashes, but no underscores. */
const OF_POLICY = /^policy_([^_]+)_([^_]+)$/

const keptIn = async (wire: NatsWire, context: string): Promise<Kept[]> => {
  const { consumers } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  const found: Kept[] = []
  const keep = ({ name, ack_floor }: ConsumerInfo) => {
    const [, of, policy] = OF_POLICY.exec(name) ?? []
    if (of === undefined || policy === undefined) return
    found.push({ policy: `${of}.${policy}`, context, sequence: ack_floor.stream_seq })
  }
  try {
    for await (const info of consumers.list(wire.names.stream(streamName(context)))) keep(info)
  } catch (error) {
    const missing = error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream
    if (!missing) throw error
  }
  return found
}

const contextsRead = ({ from }: Policy): string[] => [
  ...new Set(from.map(({ context }) => context)),
]

const placeOf = ({ policy, context, sequence }: Kept): string =>
  `${policy} (done up to ${positionOf(context, sequence)})`

const problem = (policy: Policy, orphans: readonly Kept[]): StartProblem => {
  const named = orphans.slice(0, POSITIONS_NAMED).map(placeOf).join(", ")
  const more = orphans.length - POSITIONS_NAMED
  const others = more > 0 ? `${named} and ${more} more` : named
  const [{ policy: first }] = orphans as [Kept]
  const under = policy.identity === policy.name ? "" : ` as "${policy.identity}"`
  const carried = contextOf(first) === policy.context
    ? `write was: "${first}" in it, and it goes on from there`
    : `call it ${contextOf(first)}.…, because its timers are there, and write was: "${first}"`
  return new StartProblem(
    `the policy ${policy.name} has no position${under} and would begin again, but the log holds ` +
      `positions of policies that are no longer in the application: ${others}. If it was ` +
      `renamed, ${carried}. If it is new, write was: null in it`,
  )
}

/**
 * Checks that no policy begins again because it was renamed. Rejects with a `StartProblem` for a
 * policy without a position in any log that it reads, when one of them holds the position of a
 * policy that the application does not have. `was: null` in a policy says that it is new. What
 * cannot be told is not judged.
 */
export const checkRenamed = async (
  wire: NatsWire,
  app: Pick<AppDefinition, "contexts" | "policies">,
  started: readonly Policy[],
): Promise<void> => {
  const kept = new Map<string, readonly Kept[]>()
  try {
    for (const context of new Set(started.flatMap(contextsRead))) {
      // The consumers of a log that is followed are listed by its owner only.
      if (!app.contexts.includes(context)) continue
      kept.set(context, await keptIn(wire, context))
    }
  } catch (error) {
    reportWarning(
      `whether a policy was renamed is not known, because the consumers of its logs cannot be ` +
        `listed: ${messageOf(error)}`,
    )
    return
  }
  const ours = new Set(app.policies.map(({ identity }) => identity))
  const isOrphan = ({ policy }: Kept) =>
    !ours.has(policy) && app.contexts.includes(contextOf(policy))
  for (const policy of started) {
    const inLogs = contextsRead(policy).flatMap((context) => kept.get(context) ?? [])
    if (policy.isNew || inLogs.some((each) => each.policy === policy.identity)) continue
    const orphans = inLogs.filter(isOrphan)
    if (orphans.length > 0) throw problem(policy, orphans)
  }
}
