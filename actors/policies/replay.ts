/** A replay: a policy handles messages of the log again, because an operator asks for that. */
import type { LogMessage } from "../../wire/internal.ts"
import { positionOf } from "../../contracts/internal.ts"
import { reportInfo, reportWarning } from "../../wire/internal.ts"
import { REPLAY } from "../limits.ts"
import type { Policy } from "../policy.ts"
import type { EventRunner } from "./event-runner.ts"
import type { RetryLoop } from "./retry-loop.ts"
import type { ReplayRequest } from "./retry-request.ts"
import type { Subscriptions } from "./subscription.ts"

/** What a replay works with. */
export interface ReplayParts {
  readonly policy: Policy
  /** When it was asked for, in milliseconds since 1970. */
  readonly sinceMs: number
  readonly runner: EventRunner
  readonly retryLoop: RetryLoop
  readonly subscriptions: Subscriptions
}

/** The messages from one position of a log to another, read some at a time. */
const readRange = async (
  subscriptions: Subscriptions,
  context: string,
  from: number,
  to: number,
): Promise<readonly LogMessage[]> => {
  const sequences = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  const read = await Promise.all(sequences.map((at) => subscriptions.message(context, at)))
  return read.flatMap((message) => message ?? [])
}

/**
 * Hands each message of the range to the policy, those of one actor in order. The commands have the
 * ids that they had before, so what was carried out is not carried out twice; with `again` they
 * have others. What fails is parked, as always. What a newer release has written is left, and a
 * warning says so. Resolves to whether it came to its end.
 */
export const replay = async (
  { policy: { name, from: follows }, sinceMs, runner, retryLoop, subscriptions }: ReplayParts,
  { context, from, to, again }: ReplayRequest,
): Promise<boolean> => {
  const isFollowed = follows.some((contract) => contract.context === context)
  if (!isFollowed || !(to - from < REPLAY.messages)) {
    const range = `${positionOf(context, from)} to ${positionOf(context, to)}`
    reportWarning(
      `${name} is not replayed from ${range}: ` +
        (isFollowed ? `that is more than ${REPLAY.messages} messages` : "it does not follow them"),
    )
    return true
  }
  const replayed = { sinceMs: Math.min(sinceMs, Date.now()), again, left: new Set<string>() }
  let leftCount = 0
  let leftFirst = Infinity
  const running = new Set<Promise<void>>()
  let isWhole = true
  const first = Math.max(1, from)
  for (let at = first; at <= to && isWhole; at += REPLAY.atOnce) {
    const end = Math.min(to, at + REPLAY.atOnce - 1)
    let messages: readonly LogMessage[] = []
    const what = `${name} is replayed from ${positionOf(context, at)}`
    const ended = await retryLoop.until(what, async () => {
      messages = await readRange(subscriptions, context, at, end)
    })
    if (ended !== "done") isWhole = false
    for (const message of messages) {
      const handled = runner.handleIn({ ...message, redelivered: true }, replayed).then((done) => {
        if (done === "elsewhere") {
          leftCount++
          leftFirst = Math.min(leftFirst, message.sequence)
        } else isWhole &&= done
      }).finally(() => running.delete(handled))
      running.add(handled)
    }
    while (running.size >= REPLAY.atOnce) await Promise.race(running)
  }
  await Promise.all(running)
  if (!isWhole) return false
  const range = `${positionOf(context, first)} to ${positionOf(context, to)}`
  if (leftCount > 0) {
    const place = positionOf(context, leftFirst)
    reportWarning(
      `the replay of ${name} has left ${leftCount} messages from ${place} on: a newer release ` +
        `has written them, or what they wait behind. When only that release runs: ` +
        `leftfold replay ${name} --from ${place}`,
    )
  }
  reportInfo(`${name} was replayed from ${range}${again === undefined ? "" : ", all again"}`)
  return true
}
