/** The timer that a policy sets when it asks later. */
import { digest, ID } from "../../contracts/internal.ts"
import { dueOf } from "../due.ts"
import type { Policy } from "../policy.ts"
import type { Later } from "../reaction.ts"
import type { ReactionPlace } from "./event-attempts.ts"
import { encodeAsk, inTrace, plainAsk } from "./plain-ask.ts"
import type { Timer } from "./timers/timers.ts"

/**
 * The key of a timer with a name. The prefixes `n-`, `h-` (the name is not an id) and `e-` (a timer
 * without a name, by its event) keep the three kinds apart.
 */
export const namedKey = (name: string): string => ID.test(name) ? `n-${name}` : `h-${digest(name)}`

/** Without a name, the rest of the command's id behind the policy: event, part and reaction. */
const keyOf = (policy: Policy, { name }: Later, { commandId }: ReactionPlace): string =>
  name === undefined
    ? `e-${commandId.slice(policy.identity.length + 1).replaceAll(/[:/]/g, "-")}`
    : namedKey(name)

/** The timer of a later ask. Throws `Invalid` for a command with wrong fields. */
export const timerOf = (policy: Policy, reaction: Later, place: ReactionPlace): Timer => {
  const { recorded: { meta }, commandId, askedSince, atOnce } = place
  const due = dueOf(reaction.when, meta.time)
  // A recurring timer outlives every trace, and begins one each time that it fires.
  const ask = inTrace(
    plainAsk(reaction.ask, meta, commandId, askedSince),
    "at" in due ? place.trace : undefined,
  )
  return {
    policy: policy.identity,
    key: keyOf(policy, reaction, place),
    due,
    payload: encodeAsk("at" in due ? ask : { ...ask, atOnce }),
  }
}
