/** The options of the policy runner: the policies, and the ports that they work with. */
import type { Client } from "../../wire/internal.ts"
import type { Policy } from "../policy.ts"
import type { Parking } from "./parking/parking.ts"
import type { KnownContracts } from "./plain-ask.ts"
import type { Subscriptions } from "./subscription.ts"
import type { Timers } from "./timers/timers.ts"

/** The options of the policy runner. */
export interface PolicyRunnerOptions {
  readonly policies: readonly Policy[]
  readonly client: Client
  readonly subscriptions: Subscriptions
  readonly timers: Timers
  readonly parking: Parking
  /** The contexts whose logs other applications write: one that is not there is waited for. */
  readonly followed?: readonly string[] | undefined
  /** What actors of the application decide for; without it, no ask is known to be in vain. */
  readonly contracts?: KnownContracts | undefined
}
