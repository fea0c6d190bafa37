/** Who decides: actors and policies, and the host that runs them. */
export {
  Actor,
  type ActorOptions,
  type AnyActor,
  type DecideContext,
  type DecideHandlers,
  type Decision,
  type EvolveHandlers,
  type Outcome,
  replay,
} from "./actor.ts"
export { type BackedUp, backupStream, lastSequence, restoreStream } from "./backup-nats.ts"
export { type Host, type HostOptions, startHost } from "./host.ts"
export { type Appended, BrokenHistory, type Journal } from "./journal.ts"
export { memoryJournal } from "./journal-memory.ts"
export { natsJournal } from "./journal-nats.ts"
export type { Due, Once, Recurring } from "./due.ts"
export { HOST_LIMITS, type HostLimits, MEMBERSHIP, POLICY, REMEMBERED } from "./limits.ts"
export type { Announcement, Membership, MembershipChange } from "./membership.ts"
export { memoryMembership } from "./membership-memory.ts"
export { natsMembership } from "./membership-nats.ts"
export { newNode, type NodeOptions, type RunningNode, startNode } from "./node.ts"
export { place, type Placement } from "./placement.ts"
export { Policy, type PolicyHandlers } from "./policy.ts"
export { type RunningPolicies, startPolicies } from "./policy-runner.ts"
export {
  compareStreams,
  provisionStreams,
  type SettingDifference,
  type StreamDifference,
  type StreamOptions,
  updateStreams,
} from "./provision-nats.ts"
export { type Ask, ask, type Cancel, cancel, type Later, later } from "./reaction.ts"
export type { Reaction, Reactions } from "./reaction.ts"
export { type FollowedRoster, followRoster, Roster } from "./roster.ts"
export type { Snapshots } from "./snapshots.ts"
export { memorySnapshots } from "./snapshots-memory.ts"
export { natsSnapshots } from "./snapshots-nats.ts"
export type { Subscriber, Subscription, Subscriptions } from "./subscription.ts"
export { memorySubscriptions } from "./subscription-memory.ts"
export { natsSubscriptions } from "./subscription-nats.ts"
export type { FiredTimer, Timer, Timers } from "./timers.ts"
export { memoryTimers } from "./timers-memory.ts"
export { natsTimers } from "./timers-nats.ts"
export { VirtualClock } from "./virtual-clock.ts"
