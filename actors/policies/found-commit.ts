/** A found commit: one of a contract that a policy follows, and what is parked of it. */
import { positionOf } from "../../contracts/internal.ts"
import { followingMetadata, isWanted, recordedEvents, timeOfCommit } from "../../wire/internal.ts"
import type { Policy } from "../policy.ts"
import { type Attempted, partText } from "./event-attempts.ts"
import type { GaveUp } from "./parking/giving-up.ts"
import { newerIn } from "./newer-events.ts"
import type { ParkedWork } from "./parking/parking.ts"

/** A commit of a contract that the policy follows. */
export interface Found extends Attempted {
  readonly redelivered: boolean
  readonly subject: string
  readonly isFollowed: boolean
}

/** The kind of the parked work of events. */
export const WORK = { kind: "event" } as const

/** What is kept of a commit that was not tried. */
export const NOTHING_DONE = { done: [], attempts: 0 } as const

/** What is kept of an event that is parked, besides its place. */
export type Kept = Pick<
  ParkedWork,
  "reason" | "behind" | "attempts" | "sinceMs" | "done" | "failed"
>

/** The stored types of the events of a commit that the policy handles as they are today. */
export const handledIn = (
  { contract, commit }: Pick<Found, "contract" | "commit">,
  { handles }: Policy,
): string[] =>
  commit.events.filter(({ type }, index) => isWanted(contract, type, index, handles))
    .map(({ type }) => type)

/** The commit as parked work. What the code does not know is named as it is stored. */
export const parkedOf = (found: Found, policy: Policy, kept: Kept): ParkedWork => {
  const handled = handledIn(found, policy)
  const types = handled.length > 0 ? handled : found.commit.events.map(({ type }) => type)
  return {
    ...WORK,
    policy: policy.identity,
    of: found.subject,
    at: found.commit.sequence,
    what: [...new Set(types)].join(", "),
    parkedMs: Date.now(),
    ...(found.replayed?.again === undefined ? {} : { again: found.replayed.again }),
    ...kept,
  }
}

/** What the policy's handler gets when it has given up a commit. No event of newer code is read. */
export const gaveUpAt = (found: Found, policy: Policy, work: ParkedWork): GaveUp => {
  const { contract, id, commit, isFollowed } = found
  const position = positionOf(contract.context, commit.sequence)
  const isKnown = newerIn(contract, commit, isFollowed) === undefined
  const recorded = work.failed === undefined || !isKnown
    ? undefined
    : recordedEvents(contract, id, commit, policy.handles)
      .find((each) => partText(each) === work.failed)
  const { reason, attempts } = work
  const event = recorded === undefined ? {} : { event: recorded.event as never }
  const [first] = commit.events
  const correlation = first?.correlation ?? first?.command ?? position
  const metadata = recorded?.meta ?? { correlation }
  // As in the ids of other commands: a followed log that is made again has the same positions.
  const place = isFollowed ? `${position}-${timeOfCommit(commit)}` : position
  return {
    given: { kind: "event", ...event, contract: contract.name, id, reason, attempts },
    from: {
      idBase: `${policy.identity}/${place}/${work.failed ?? "0"}/0/parked`,
      metadata: followingMetadata(metadata, position),
    },
  }
}

/**
 * Whether a replay leaves a commit: one of newer code and, where later events wait, those of its
 * actor behind it. It is called in the order of the log.
 */
export const isLeft = (
  { subject, replayed }: Pick<Found, "subject" | "replayed">,
  newer: string | undefined,
  { laterEvents }: Pick<Policy, "laterEvents">,
): boolean => {
  if (replayed?.left === undefined) return false
  const isBehind = laterEvents === "wait" && replayed.left.has(subject)
  if (newer === undefined && !isBehind) return false
  replayed.left.add(subject)
  return true
}
