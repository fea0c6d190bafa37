/** What all mailboxes of a host share. */
import type { Journal } from "../journal/journal.ts"
import type { Snapshots } from "../journal/snapshots.ts"
import type { ForgetfulActors } from "./repeats/forgetful-actors.ts"
import type { HostLimits } from "../limits.ts"
import type { MemoryBudget } from "./memory-budget.ts"
import type { RefusalBudget } from "./repeats/refusal-budget.ts"
import type { SnapshotSizes } from "../journal/snapshot-sizes.ts"

/** What all mailboxes of a host share. */
export interface MailboxServices {
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly limits: HostLimits
  readonly refusals: RefusalBudget
  /** The time, in milliseconds since 1970. */
  readonly now: () => number
  readonly snapshotSizes: SnapshotSizes
  readonly forgetful: ForgetfulActors
  /** What the actors in memory take together. */
  readonly memory: MemoryBudget
}
