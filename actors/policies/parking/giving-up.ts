/** Giving up: asks what a policy wants to ask when an event or a timer of it is parked. */
import type { GivenUp } from "../../follow-up.ts"
import type { AnyContract } from "../../../contracts/internal.ts"
import type { Policy } from "../../policy.ts"
import type { FollowedFrom, Following } from "../following.ts"
import type { KnownParked } from "./known-parked.ts"
import type { ParkedPlace, ParkedWork } from "./parking.ts"
import { reasonOf, type RetryLoop } from "../retry-loop.ts"

/** What giving up works with. */
export interface GivingUpParts {
  readonly policy: Policy
  readonly following: Following
  readonly parked: KnownParked
  readonly retryLoop: RetryLoop
}

/** What was given up, as the policy's handler gets it, and what its asks follow from. */
export interface GaveUp {
  readonly given: GivenUp<AnyContract>
  readonly from: Pick<FollowedFrom, "idBase" | "metadata">
}

/** Whether nothing is left to ask for work that is parked. */
export const isSettled = (work: ParkedWork, { followUps }: Policy): boolean =>
  !followUps.parked || work.followed === true || work.behind

/**
 * Asks what the policy asks when it gives up, once, for work that is parked. What fails there is
 * told in the reason of the work. Resolves to whether the message is done.
 */
export const askWhenGivenUp = async (
  { policy, following, parked, retryLoop }: GivingUpParts,
  work: ParkedWork,
  gaveUp: () => GaveUp,
): Promise<boolean> => {
  const { followUps, name, patience } = policy
  if (isSettled(work, policy)) return true
  const what = `${name} asks what it asks when it gives up ${work.what}`
  const ended = await retryLoop.until(what, async () => {
    const { given, from } = gaveUp()
    const when = { timeMs: work.parkedMs, perhapsBefore: true }
    await following.carryOut(followUps.parked!(given), { ...from, ...when })
  }, patience)
  if (ended === "stopped") return false
  const reason = ended === "done"
    ? work.reason
    : `${work.reason}; and what it asks when it gives up has failed: ${reasonOf(ended.error)}`
  const noting = () => parked.park({ ...work, reason, followed: true })
  return await retryLoop.until(what, noting) === "done"
}

/**
 * The work that is parked at this very place, because a process stopped between parking it and
 * acknowledging its message; undefined if nothing is, "stopped" if that was not found out.
 */
export const parkedBefore = async (
  { parked, retryLoop, policy }: Pick<GivingUpParts, "parked" | "retryLoop" | "policy">,
  place: ParkedPlace,
): Promise<ParkedWork | undefined | "stopped"> => {
  let found: ParkedWork | undefined
  const what = `${policy.name} looks at what it has parked`
  const ended = await retryLoop.until(what, async () => {
    found = await parked.read(place)
  })
  return ended === "done" ? found : "stopped"
}
