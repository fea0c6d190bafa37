/** An application whose timers wait for seconds, so that a short run sees them fire. */
import { dueOf, type Policy, type Reaction } from "../../actors/internal.ts"
import type { AppDefinition } from "../../app/internal.ts"

/**
 * How long a timer waits instead. A longer wait stays longer, whatever the lengths are: half of
 * `mostMs` stands for a wait of `mostMs`, and all of it for one without end.
 */
const shortened = (waitMs: number, mostMs: number): number =>
  waitMs <= 0 ? waitMs : (mostMs * waitMs) / (waitMs + mostMs)

const hurriedReaction = (reaction: Reaction, event: Date, mostMs: number): Reaction => {
  if (reaction.kind !== "later") return reaction
  const due = dueOf(reaction.when, event)
  // A recurring timer does not end, so nothing waits for it.
  if (!("at" in due)) return reaction
  const waitMs = shortened(due.at - event.getTime(), mostMs)
  return { ...reaction, when: new Date(Math.max(0, Math.round(event.getTime() + waitMs))) }
}

/**
 * The same application with timers that fire once within `mostMs` milliseconds, in the order of
 * their lengths. Recurring timers stay as they are.
 */
export const hurriedApp = (app: AppDefinition, mostMs: number): AppDefinition => {
  const hurried = (policy: Policy): Policy => {
    const all = (reactions: readonly Reaction[], event: Date) =>
      reactions.map((each) => hurriedReaction(each, event, mostMs))
    return {
      ...policy,
      on: (event, meta) => {
        const got = policy.on(event, meta)
        return got instanceof Promise
          ? got.then((reactions) => all(reactions, meta.time))
          : all(got, meta.time)
      },
    }
  }
  return { ...app, policies: app.policies.map(hurried) }
}
