/** The work of a simulated policy on one commit. */
import { type Policy, policyCommandId, type Reaction } from "../../actors/internal.ts"
import { followingMetadata, type RecordedEvent } from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import type { ReadCommit } from "./cell.ts"

/** What follows from a rejection, as far as it is done. */
export interface FollowUp {
  readonly reactions: readonly Reaction[]
  readonly commandId: string
  at: number
}

/** The events of one actor that one policy has not handled, in order. */
export interface Inbox {
  readonly queue: ReadCommit[]
  isBusy: boolean
}

/** A policy at work on one commit. */
export interface Work {
  readonly policy: Policy
  readonly commit: ReadCommit
  /** How often this commit was begun before. */
  readonly round: number
  /** The inbox that waits for it; undefined if later events do not wait. */
  readonly inbox: Inbox | undefined
  readonly key: number
  index: number
  reactions: readonly Reaction[] | undefined
  reaction: number
  followUp: FollowUp | undefined
  isOver: boolean
}

/** The work at its beginning. */
export const newWork = (
  policy: Policy,
  commit: ReadCommit,
  inbox: Inbox | undefined,
  key: number,
  round: number,
): Work => ({
  policy,
  commit,
  inbox,
  key,
  round,
  index: 0,
  reactions: undefined,
  reaction: 0,
  followUp: undefined,
  isOver: false,
})

/** The place of the choices about a reaction: the same whenever the event is handled again. */
export const placeOf = ({ key, commit, index }: Work): number =>
  mix(key, commit.keys[index] ?? index)

/** The id of a policy's command, as the runner of policies makes it. */
export const commandIdOf = ({ policy, reaction }: Work, recorded: RecordedEvent): string =>
  policyCommandId(policy, recorded, reaction)

/** The event that something follows from, as stories name it. */
export const afterOf = ({ event, meta }: RecordedEvent): string =>
  `after ${event.type} of ${meta.actor} ${meta.id}`

/** What follows from an event, because of something that came of it. */
export const fromOf = ({ policy }: Work, recorded: RecordedEvent, why: string) => ({
  policy,
  where: `${afterOf(recorded)}, because ${why}`,
  metadata: followingMetadata(recorded.meta, recorded.meta.position),
  time: recorded.meta.time,
})
