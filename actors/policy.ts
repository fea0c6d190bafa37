/** A policy: whenever this happened, ask for that. */
import {
  type AnyContract,
  checkId,
  type CommandOf,
  type EventContext,
  type EventOf,
  type Message,
  splitName,
} from "../contracts/mod.ts"

/** A command to be sent to one actor. */
export interface Ask {
  readonly contract: AnyContract
  readonly id: string
  readonly command: Message<"command">
}

/** What a policy's handler returns: one, several or no asks. */
export type Asks = Ask | readonly Ask[] | undefined

/** For some events, what to ask for. Events without a handler are not the policy's business. */
export type PolicyHandlers<K> = {
  readonly [Type in EventOf<K>["type"]]?: (
    event: Extract<EventOf<K>, { type: Type }>["data"],
    context: EventContext,
  ) => Asks
}

/** What `Policy.define` takes. */
export interface PolicyOptions<K extends AnyContract> {
  /** The contracts whose events it follows. */
  readonly from: readonly K[]
  /** Where it begins when it runs for the first time: with all there is, or with what comes. */
  readonly start?: "beginning" | "now"
  readonly on: PolicyHandlers<K>
}

/** A policy. Made by `Policy.define`. */
export interface Policy {
  /** `<context>.<policy>`. */
  readonly name: string
  readonly from: readonly AnyContract[]
  readonly start: "beginning" | "now"
  /** Whether an event of this type is its business. */
  readonly handles: (type: string) => boolean
  /** What to ask for after an event. Throws what a handler throws. */
  readonly on: (event: Message<"event">, context: EventContext) => readonly Ask[]
}

/** Asks one actor for something. Throws `Invalid` when `id` cannot be an actor's id. */
export const ask = <K extends AnyContract>(
  contract: K,
  id: string,
  command: CommandOf<K>,
): Ask => ({
  contract,
  id: checkId(id),
  command: command as Message<"command">,
})

/**
 * Defines a policy. It runs at least once for each event; its commands' ids are derived from the
 * event's position, so an actor that remembers them acts once.
 *
 * ```ts
 * const welcome = Policy.define("mail.welcome", {
 *   from: [Customers],
 *   on: { Registered: (_event, { id }) => ask(Mails, id, Mails.commands.SendWelcome()) },
 * })
 * ```
 */
const define = <K extends AnyContract>(name: string, options: PolicyOptions<K>): Policy => {
  splitName(name, "the policy")
  const handlers = options.on as { [type: string]: (event: never, context: EventContext) => Asks }
  const handles = (type: string) => Object.hasOwn(handlers, type)
  return {
    name,
    from: options.from,
    handles,
    start: options.start ?? "beginning",
    on: ({ type, data }, context) => {
      const asks = (handles(type) ? handlers[type]?.(data as never, context) : undefined) ?? []
      return Array.isArray(asks) ? asks : [asks as Ask]
    },
  }
}

/** Policies are made here. */
export const Policy = { define }
