/** A look at a replay: what a policy would handle again and ask. Nothing is sent. */
import { messageOf } from "../../contracts/internal.ts"
import { type LogMessage, readMessage, recordedEvents } from "../../wire/internal.ts"
import type { Policy } from "../policy.ts"
import type { Reaction } from "../reaction.ts"
import { policyCommandId, reactionsTo } from "./event-attempts.ts"

/** A command that would be sent, now or by a timer, or a timer that would be cancelled. */
export interface WouldAsk {
  readonly kind: Reaction["kind"]
  readonly actor?: string
  readonly id?: string
  readonly command?: string
  /** The same as the first time: an actor that has carried it out does not do so again. */
  readonly commandId?: string
  /** The timer's name. */
  readonly timer?: string
}

/** An event that would be handled again. */
export interface WouldHandle {
  readonly position: string
  readonly event: string
  readonly actor: string
  readonly id: string
  /** Absent where the handler is asynchronous: it may call another system, so it is not called. */
  readonly asks?: readonly WouldAsk[]
  /** Why the handler fails. */
  readonly error?: string
}

const wouldAsk = (reaction: Reaction, commandId: string): WouldAsk => {
  if (reaction.kind === "cancel") return { kind: "cancel", timer: reaction.name }
  const { contract, id, command } = reaction.kind === "ask" ? reaction : reaction.ask
  const timer = reaction.kind === "later" && reaction.name !== undefined
    ? { timer: reaction.name }
    : {}
  return {
    kind: reaction.kind,
    ...{ actor: contract.name, id, command: command.type, commandId },
    ...timer,
  }
}

/** The events of a message that a policy would handle. A handler that is not `async` is called. */
export const wouldHandle = async (
  policy: Policy,
  message: LogMessage,
  isSkipped: (context: string, sequence: number) => boolean,
): Promise<readonly WouldHandle[]> => {
  const contracts = new Map(policy.from.map((contract) => [contract.name, contract]))
  const read = readMessage(message, contracts, isSkipped)
  if ("cause" in read || read.kind !== "commit") return []
  if (read.commit.events[0]?.imported === true) return []
  const found: WouldHandle[] = []
  for (const recorded of recordedEvents(read.contract, read.id, read.commit, policy.handles)) {
    const { event, meta } = recorded
    if (!policy.handles(event.type)) continue
    const { position, actor, id } = meta
    const base = { position, event: event.type, actor, id }
    if (policy.waits(event.type)) {
      found.push(base)
      continue
    }
    try {
      const { reactions, atOnce } = await reactionsTo(policy, recorded)
      const asks = reactions.map((each, at) =>
        wouldAsk(each, policyCommandId(policy, recorded, at))
      )
      found.push(atOnce ? { ...base, asks } : base)
    } catch (error) {
      found.push({ ...base, error: messageOf(error) })
    }
  }
  return found
}
