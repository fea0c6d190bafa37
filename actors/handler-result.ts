/** What the handlers of an actor return, checked. */
import { checkNow, HandlerBug, type Message } from "../contracts/internal.ts"

const EXPECTED =
  "an event, a list of events (an empty one if there is nothing to do), or a rejection"

const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return `returns ${value}`
  if (typeof value === "function") {
    const { type = "" } = value as { readonly type?: string }
    return `returns the constructor ${type} instead of calling it`
  }
  const { kind, type } = Object(value) as Partial<Message>
  return typeof kind === "string" ? `returns the ${kind} ${type}` : `returns a ${typeof value}`
}

const isOfKind = (value: unknown, kind: string): boolean =>
  typeof value === "object" && value !== null && (value as Message).kind === kind

/** The outcome of a decision. Throws `HandlerBug` for anything that `decide` must not return. */
export const checkedOutcome = (
  decision: unknown,
  handler: string,
): Message<"rejection"> | readonly Message<"event">[] => {
  if (isOfKind(decision, "event")) return [decision as Message<"event">]
  if (isOfKind(decision, "rejection")) return decision as Message<"rejection">
  if (!Array.isArray(decision)) {
    checkNow(decision, handler)
    throw new HandlerBug(`${handler} ${kindOf(decision)}: return ${EXPECTED}`)
  }
  for (const each of decision) {
    if (isOfKind(each, "event")) continue
    checkNow(each, handler)
    throw new HandlerBug(`${handler} ${kindOf(each)} in a list: return ${EXPECTED}`)
  }
  return decision
}

/** Throws `HandlerBug` for what is no state. */
export const checkState = (state: unknown, initial: unknown, handler: string): void => {
  checkNow(state, handler)
  if (state !== undefined || initial === undefined) return
  throw new HandlerBug(`${handler} returns undefined: return the next state, even the same one`)
}
