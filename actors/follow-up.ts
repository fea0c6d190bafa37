/** What a policy does after a rejection of what it asked, and when it gives something up. */
import {
  type AnyContract,
  checkContracts,
  checkHandlers,
  type CommandOf,
  type EventOf,
  explained,
  frozenLightly,
  HandlerBug,
  type Message,
  type RejectionOf,
} from "../contracts/internal.ts"
import { isRecurring } from "./due.ts"
import { type Reaction, reactionList, type Reactions } from "./reaction.ts"

/** A command of the policy that an actor has rejected. */
export interface RejectedCommand<A> {
  /** The contract of the actor. */
  readonly contract: string
  readonly id: string
  readonly command: CommandOf<A>
}

/** A handler for each rejection that something follows from. It ignores the others. */
export type RejectionHandlers<A> = {
  readonly [Type in RejectionOf<A>["type"]]?: (
    rejection: Extract<RejectionOf<A>, { type: Type }>["data"],
    asked: RejectedCommand<A>,
  ) => Reactions
}

/** An event or a timer that a policy has given up. */
export interface GivenUp<K> {
  readonly kind: "event" | "timer"
  /** The event that it could not react to; absent for a timer, and if it cannot be read. */
  readonly event?: EventOf<K>
  /** The command that its timer could not send. */
  readonly command?: Message<"command">
  /** The actor: the one of the event, or the one that the timer asks. */
  readonly contract: string
  readonly id: string
  readonly reason: string
  readonly attempts: number
}

/** The options of a policy about this. */
export interface FollowUpOptions<K, A extends AnyContract> {
  /** The contracts whose rejections `onRejected` has handlers for. */
  readonly asks?: readonly A[]
  /**
   * What follows when an actor rejects what the policy, or one of its timers, has asked. The
   * rejection is recorded before anything follows, so the command is not asked again: either it is
   * accepted, or this follows from it. A command that this asks for has no such handler itself.
   */
  readonly onRejected?: RejectionHandlers<A>
  /**
   * What to ask when the policy gives up an event or a timer, which is parked then: once for each,
   * and not for what waits behind it. An operator can still retry what is parked.
   */
  readonly onParked?: (given: GivenUp<K>) => Reactions
}

/** What a policy does after a rejection, and when it gives up; read by the runner of policies. */
export interface FollowUps {
  /** Whether it has a handler for this rejection of an actor with this contract. */
  readonly handlesRejection: (contract: string, type: string) => boolean
  /** Whether it has a handler for any rejection. */
  readonly any: boolean
  /** Whether it has a handler for any rejection of this contract. */
  readonly followsAsksOf: (contract: string) => boolean
  /** What follows. Throws what a handler throws, or `Invalid` for fields of no such message. */
  readonly rejected: (
    rejection: { readonly type: string; readonly data: unknown },
    asked: { readonly name: string; readonly id: string; readonly type: string; data: unknown },
  ) => readonly Reaction[]
  /** What to ask when something is given up; undefined without a handler. */
  readonly parked: ((given: GivenUp<AnyContract>) => readonly Reaction[]) | undefined
}

type AnyHandler = (...given: never[]) => Reactions

/** The reactions of a handler, none of which recurs: only an event can set what recurs. */
const called = (what: string, handler: AnyHandler, ...given: unknown[]): readonly Reaction[] => {
  let reactions: unknown
  try {
    reactions = handler(...given as never[])
  } catch (error) {
    throw explained(error, what)
  }
  if (reactions instanceof Promise) {
    reactions.catch(() => {})
    throw new HandlerBug(`${what} returns a promise: return its reactions at once`)
  }
  const list = reactionList(reactions as Reactions, what)
  for (const each of list) {
    if (each.kind !== "later" || !isRecurring(each.when)) continue
    throw new HandlerBug(`${what} sets a timer that recurs: set it in \`on\``)
  }
  return list
}

/** The names of the rejections of a contract. */
const rejectionsOf = ({ codec }: AnyContract): readonly string[] =>
  Object.keys(codec.schemas("rejection"))

/** Throws `TypeError` for what types do not show. */
const check = (
  name: string,
  { asks, onRejected, onParked }: FollowUpOptions<AnyContract, AnyContract>,
): void => {
  if (asks !== undefined) checkContracts(name, asks, "asks")
  if (onRejected !== undefined) {
    const contracts = asks ?? []
    const types = contracts.flatMap(rejectionsOf)
    const named = contracts.map((each) => each.name).join(" or ")
    const kind = named === "" ? "rejection of a contract in `asks`" : `rejection of ${named}`
    checkHandlers(`${name}: onRejected`, onRejected, { types, kind })
  }
  if (onParked === undefined || typeof onParked === "function") return
  throw new TypeError(`${name}: onParked is no function`)
}

/** The follow-ups of a policy with these options. Throws `TypeError` for impossible ones. */
export const followUpsOf = (
  name: string,
  options: FollowUpOptions<AnyContract, AnyContract>,
): FollowUps => {
  check(name, options)
  const { asks = [], onParked } = options
  const handlers = (options.onRejected ?? {}) as Readonly<Record<string, AnyHandler>>
  const contracts = new Map(asks.map((contract) => [contract.name, contract]))
  const handled = new Map(asks.map((contract) => [
    contract.name,
    new Set(rejectionsOf(contract).filter((type) => Object.hasOwn(handlers, type))),
  ]))
  const handles = (contract: string, type: string): boolean =>
    handled.get(contract)?.has(type) ?? false
  return {
    handlesRejection: handles,
    any: Object.keys(handlers).length > 0,
    followsAsksOf: (contract) => (handled.get(contract)?.size ?? 0) > 0,
    rejected: ({ type, data }, asked) => {
      const contract = contracts.get(asked.name)
      if (!contract || !handles(asked.name, type)) return []
      const rejection = contract.codec.rejection(type, data)
      const command = contract.codec.command(asked.type, asked.data)
      const given = { contract: asked.name, id: asked.id, command: frozenLightly(command) }
      return called(
        `${name} on the rejection ${type}`,
        handlers[type]!,
        frozenLightly(rejection.data),
        given,
      )
    },
    parked: onParked && ((given) => called(`${name} on parking`, onParked as AnyHandler, given)),
  }
}
