/** A reaction: what a policy does after an event. It asks now, asks later, or cancels a timer. */
import {
  type AnyContract,
  checkContract,
  checkOptions,
  type CommandOf,
  didYouMean,
  HandlerBug,
  Invalid,
  type Message,
} from "../contracts/internal.ts"
import { checkId } from "../wire/internal.ts"
import { dueOf, type Once, type Recurring } from "./due.ts"
import { TIMER_NAME_CHARACTERS } from "./limits.ts"

/**
 * A command to be sent to one actor. Made by `ask`.
 *
 * ```ts
 * const complete = (order: string): Ask => ask(Orders, order, CompleteOrder())
 * ```
 */
export interface Ask {
  readonly kind: "ask"
  readonly contract: AnyContract
  readonly id: string
  readonly command: Message<"command">
}

/** An ask that a timer makes when it is due. */
export interface Later {
  readonly kind: "later"
  readonly when: Once | Recurring
  readonly ask: Ask
  /** Unique within the policy: a timer of the same name is replaced. */
  readonly name: string | undefined
}

/** Cancels a timer that is no longer wanted. */
export interface Cancel {
  readonly kind: "cancel"
  readonly name: string
}

/**
 * Any reaction of a policy: an ask, a later ask, or the cancelling of a timer.
 *
 * ```ts
 * const wanted: Reaction[] = [cancel("payment-o-1"), ask(Orders, "o-1", CompleteOrder())]
 * ```
 */
export type Reaction = Ask | Later | Cancel

/**
 * What a policy's handler returns: one, several or no reactions.
 *
 * ```ts
 * const onTaken = (order: string, amount: number): Reactions =>
 *   amount > 0 ? ask(Orders, order, CompleteOrder()) : undefined
 * ```
 */
export type Reactions = Reaction | readonly Reaction[] | undefined

/**
 * Asks one actor for something. Throws `Invalid` for an `id` that no actor can have, such as a text
 * of more than 128 characters; `idOf` makes an id of any texts.
 *
 * ```ts
 * ask(Orders, "o-1", CancelOrder({ reason: "not paid" }))
 * ask(Counter, idOf("visits", "ada@example.com"), Counter.commands.Increment({ by: 1 }))
 * ```
 */
export const ask = <K extends AnyContract>(
  contract: K,
  id: string,
  command: CommandOf<K>,
): Ask => {
  if (contract === undefined) checkContract("ask", contract)
  checkCommand(contract, command as Message)
  return {
    kind: "ask",
    contract,
    id: checkId(id, `, to ask ${contract.name}; idOf(…) makes one of any text`),
    command: command as Message<"command">,
  }
}

/** Throws `TypeError` for what is no command of the contract. */
const checkCommand = ({ name, commands }: AnyContract, command: Message): void => {
  const { kind = typeof command, type = "" } = Object(command) as Partial<Message>
  if (kind === "command" && Object.hasOwn(commands, type)) return
  if (typeof command === "function") {
    throw new TypeError(`to ask ${name}: ${type} is a constructor: call it`)
  }
  const known = Object.keys(commands)
  const meant = didYouMean(type, known) || `; there are: ${known.join(", ") || "none"}`
  throw new TypeError(`to ask ${name}: the ${kind} ${type} is not one of its commands${meant}`)
}

/** Any time of today, to check a duration or a schedule with. */
const CHECKED_AT = new Date(Date.UTC(2026, 0, 1))

const checkTimerName = (name: string): string => {
  if (typeof name === "string" && name.length > 0 && name.length <= TIMER_NAME_CHARACTERS) {
    return name
  }
  const most = TIMER_NAME_CHARACTERS
  throw new Invalid({ message: `a timer's name has 1 to ${most} characters, not ${name?.length}` })
}

/**
 * Asks later: a duration after the event, at an instant, or repeatedly. A timer outlives restarts.
 * A named timer is replaced by the next one with that name in the same policy, and can be
 * cancelled; a recurring timer must have a name. A name is any text of 1 to 1,024 characters, so it
 * can be a prefix and an id. When policies start, a recurring timer follows the code: the handler
 * that set it is called again with its event, unless it returned a promise. Throws `Invalid` for
 * another name, and `TypeError` for an impossible time.
 *
 * ```ts
 * later("30 minutes", ask(Orders, "o-1", CancelOrder({ reason: "not paid" })), { name: "pay-o-1" })
 * const count = ask(Counter, "nights", Counter.commands.Increment({ by: 1 }))
 * later({ cron: "0 3 * * *", zone: "Europe/Berlin" }, count, { name: "night" })
 * ```
 */
export function later(when: Once, ask: Ask, options?: { readonly name?: string }): Later
export function later(when: Recurring, ask: Ask, options: { readonly name: string }): Later
export function later(
  when: Once | Recurring,
  ask: Ask,
  options: { readonly name?: string } = {},
): Later {
  dueOf(when, CHECKED_AT)
  checkOptions("later", options, ["name"])
  if (Object(ask).kind !== "ask") {
    throw new TypeError("later needs what is asked for, such as ask(Orders, id, CancelOrder())")
  }
  const { name } = options
  return { kind: "later", when, ask, name: name === undefined ? undefined : checkTimerName(name) }
}

/**
 * Cancels the policy's timer of this name, if it still waits. A timer that fires at the same moment
 * can win: its command is decided like any other. Throws `Invalid` for an illegal name.
 *
 * ```ts
 * const onPaid = (order: string) => [cancel(`pay-${order}`), ask(Orders, order, CompleteOrder())]
 * ```
 */
export const cancel = (name: string): Cancel => ({ kind: "cancel", name: checkTimerName(name) })

const KINDS = ["ask", "later", "cancel"]

/** What a handler returned, as a list. Throws `HandlerBug` for what is no reaction. */
export const reactionList = (reactions: Reactions, handler: string): readonly Reaction[] => {
  if (reactions === undefined || reactions === null) return []
  const list = Array.isArray(reactions) ? reactions : [reactions as Reaction]
  for (const each of list) {
    if (KINDS.includes((Object(each) as Partial<Reaction>).kind ?? "")) continue
    const { kind = typeof each, type = "" } = Object(each) as Partial<Message>
    const message = `${handler} returns the ${kind} ${type} instead of a reaction: return ` +
      "ask(…), later(…), cancel(…), a list of these, or nothing"
    throw new HandlerBug(message)
  }
  return list
}
