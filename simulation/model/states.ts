/** States and logs: what is stored of events, and the states that are folded from them. */
import { isDeepStrictEqual } from "node:util"
import type { AnyActor } from "../../actors/internal.ts"
import {
  type AnyContract,
  frozen,
  isFailure,
  type Message,
  messageOf,
  type PlainMessage,
} from "../../contracts/internal.ts"
import { type StoredEvent, storeMetadata } from "../../wire/internal.ts"
import { Broken } from "./broken.ts"
import type { Cell } from "./cell.ts"
import { guarded } from "./guard.ts"
import type { Sent } from "./sent.ts"
import { said, shown } from "./story.ts"

/** The state after an event. */
export const evolved = (actor: AnyActor, state: unknown, event: Message<"event">): unknown =>
  frozen(guarded("evolve", actor.contract.name, event.type, () => actor.evolve(state, event)))

/** The plain form of what a handler made. Throws `Broken` if it does not fit its contract. */
export const plainOf = (actor: AnyActor, message: Message) => {
  try {
    return actor.contract.codec.plain(message)
  } catch (error) {
    if (!isFailure(error)) throw error
    const { name } = actor.contract
    const made = `decide of ${name} makes ${said(message)}, which does not fit its contract`
    throw new Broken("contract", `decide of ${name}`, `${made}: ${messageOf(error)}`, error)
  }
}

/** An event that was decided: in its plain form, and as its readers will see it. */
export interface DecidedEvent {
  readonly plain: PlainMessage
  readonly event: Message<"event">
}

/** Makes the two forms of an event. Throws `Broken` if it does not fit its contract. */
export const madeOf = (actor: AnyActor, event: Message<"event">): DecidedEvent => {
  const plain = plainOf(actor, event)
  return { plain, event: frozen(actor.contract.codec.reread(plain)) }
}

/** An event as it is stored. */
export const storedEvent = (
  { type, schema, data }: PlainMessage,
  { commandId, metadata }: Sent,
  time: number,
): StoredEvent => {
  const stored: StoredEvent = { type, schema, data, command: commandId, time }
  storeMetadata(metadata, commandId, stored)
  return stored
}

/** An event as it is read again: what it is today. */
export const decoded = (
  contract: AnyContract,
  stored: StoredEvent,
): readonly Message<"event">[] => {
  try {
    const event = contract.codec.event(stored)
    return "kind" in event ? [event] : event
  } catch (error) {
    const { name } = contract
    const message = `${stored.type} of ${name} cannot be read again: ${messageOf(error)}`
    throw new Broken("contract", `the event ${stored.type} of ${name}`, message, error)
  }
}

/** Whether some code knows every event that an actor has. */
export const knows = ({ contract }: AnyActor, { commits }: Cell): boolean => {
  try {
    for (const { stored } of commits) for (const event of stored.events) contract.codec.event(event)
    return true
  } catch {
    // As at work: an older version decides nothing on what a newer one wrote.
    return false
  }
}

/** The state that some code folds from an actor's log. */
export const folded = (code: AnyActor, { commits }: Cell): unknown => {
  let state = code.initial
  for (const { stored } of commits) {
    for (const event of stored.events) {
      for (const each of decoded(code.contract, event)) state = evolved(code, state, frozen(each))
    }
  }
  return state
}

/** Throws `Broken` unless the state in memory is the one that the log gives. */
export const checkState = (cell: Cell): void => {
  const { code, state, id } = cell
  const { name } = code.contract
  const again = folded(code, cell)
  if (!isDeepStrictEqual(again, state)) {
    const message = `${name} ${id} is ${shown(state)}, but folded from its log it is ` +
      `${shown(again)}: evolve depends on something else, or an event loses something when stored`
    throw new Broken("state", `evolve of ${name}`, message)
  }
  if (!code.state) return
  const { codec } = code.state
  const restored = guarded(
    "the state's schema",
    name,
    "a snapshot",
    () => frozen(codec.decode(codec.encode(state))),
  )
  if (isDeepStrictEqual(restored, state)) return
  const message = `a snapshot changes ${name} ${id}: ${shown(state)} comes back as ` +
    shown(restored)
  throw new Broken("state", `the state of ${name}`, message)
}
