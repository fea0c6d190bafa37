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
export { type Host, type HostOptions, startHost } from "./host.ts"
export { type Appended, BrokenHistory, type Journal } from "./journal.ts"
export { memoryJournal } from "./journal-memory.ts"
export { natsJournal } from "./journal-nats.ts"
export { HOST_LIMITS, type HostLimits, MEMBERSHIP, REMEMBERED } from "./limits.ts"
export type { Announcement, Membership, MembershipChange } from "./membership.ts"
export { memoryMembership } from "./membership-memory.ts"
export { natsMembership } from "./membership-nats.ts"
export { newNode, type NodeOptions, type RunningNode, startNode } from "./node.ts"
export { place, type Placement } from "./placement.ts"
export { type Ask, ask, type Asks, Policy, type PolicyHandlers } from "./policy.ts"
export { type RunningPolicies, startPolicies } from "./policy-runner.ts"
export { provisionStreams } from "./provision-nats.ts"
export { type FollowedRoster, followRoster, Roster } from "./roster.ts"
export type { Snapshots } from "./snapshots.ts"
export { memorySnapshots } from "./snapshots-memory.ts"
export { natsSnapshots } from "./snapshots-nats.ts"
export type { Subscriber, Subscriptions } from "./subscription.ts"
export { memorySubscriptions } from "./subscription-memory.ts"
export { natsSubscriptions } from "./subscription-nats.ts"
