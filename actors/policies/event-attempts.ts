/** Attempts to react to the events of one commit: each reaction is tried until it is done. */
import { type AnyContract, isOutage, messageOf } from "../../contracts/internal.ts"
import {
  type RecordedEvent,
  recordedEvents,
  type StoredCommit,
  TRACING,
} from "../../wire/internal.ts"
import { inPolicySpan } from "../telemetry/policy-spans.ts"
import type { Policy } from "../policy.ts"
import type { Reaction } from "../reaction.ts"
import { within } from "./time-limit.ts"

/** What a reaction follows from, and what tells it from others. */
export interface ReactionPlace {
  readonly recorded: RecordedEvent
  /** Its index among the reactions to the event. */
  readonly index: number
  readonly commandId: string
  /** The trace context of what is asked, if that is recorded. */
  readonly trace?: string | undefined
  /** When it may have been carried out first, in milliseconds since 1970; undefined if never. */
  readonly askedSince: number | undefined
  /** Whether the handler returned without waiting. */
  readonly atOnce: boolean
  readonly replayed?: Replayed | undefined
}

/** Carries out one reaction. */
export type React = (reaction: Reaction, place: ReactionPlace) => Promise<void>

/** What was tried before, by this process or another. */
export interface TriedBefore {
  /** The ids of commands that were answered. */
  readonly done: readonly string[]
  /** Whether others may have been carried out as well. */
  readonly perhapsMore: boolean
}

/** Nothing was tried before. */
export const NOT_TRIED: TriedBefore = { done: [], perhapsMore: false }

/** The place of an event in its commit; `0-1` is a further event that stored event 0 became. */
export const partText = ({ meta: { index }, part }: RecordedEvent): string =>
  part === undefined ? String(index) : `${index}-${part}`

/**
 * The id of a policy's command: the same whenever the same event is seen again. A followed log can
 * be deleted and made again by its owner, and then has other events in the same positions, so their
 * times belong to the id.
 */
export const policyCommandId = (
  { identity }: Policy,
  event: RecordedEvent,
  reaction: number,
  isFollowed = false,
): string => {
  const { position, time } = event.meta
  const place = isFollowed ? `${position}-${time.getTime()}` : position
  return `${identity}/${place}/${partText(event)}/${reaction}`
}

/** The same for a replay that is to do everything again: `run` tells it from the others. */
const replayedId = (commandId: string, run: string | undefined): string =>
  run === undefined ? commandId : `${commandId}/again-${run}`

/** A replay that an event is part of. */
export interface Replayed {
  /** When it began, in milliseconds since 1970: what was rejected earlier is decided again. */
  readonly sinceMs: number
  /** Tells it from others, if it does everything again, under new command ids. */
  readonly again?: string | undefined
  /** The subjects of actors with an event of newer code, which this process leaves. */
  readonly left?: Set<string> | undefined
}

/** The commit that is reacted to. */
export interface Attempted {
  readonly contract: AnyContract
  readonly id: string
  readonly commit: StoredCommit
  /** Whether another application writes its log. */
  readonly isFollowed?: boolean
  /** The replay that it is part of. */
  readonly replayed?: Replayed | undefined
}

/**
 * The failure that stands for all: an outage, as it will end, and the others are then tried again.
 * Otherwise the first one, which says how many more there are.
 */
const oneOf = (errors: readonly unknown[]): unknown => {
  const [first] = errors
  if (errors.length === 1) return first
  const outage = errors.find(isOutage)
  if (outage !== undefined) return outage
  return new Error(`${messageOf(first)} (and ${errors.length - 1} more)`, { cause: first })
}

/** The reactions to an event. */
export interface ReactedTo {
  readonly reactions: readonly Reaction[]
  /** Whether the handler returned without waiting. */
  readonly atOnce: boolean
}

/** A policy's reactions to an event. Rejects with what its handler throws, naming the event. */
export const reactionsTo = async (
  policy: Policy,
  { event, meta }: RecordedEvent,
): Promise<ReactedTo> => {
  try {
    const reactions = policy.on(event, meta)
    if (!(reactions instanceof Promise)) return { reactions, atOnce: true }
    return { reactions: await within(policy.patience.timeLimitMs, reactions), atOnce: false }
  } catch (error) {
    if (isOutage(error)) throw error
    const reason = messageOf(error)
    const where = `${event.type} of ${meta.actor} ${meta.id}`
    throw new Error(`after ${where}: ${reason}`, { cause: error })
  }
}

/** The reactions of one policy to the events of one commit, and which of them are done. */
export class EventAttempts {
  readonly #policy: Policy
  readonly #react: React
  readonly #replayed: Replayed | undefined
  readonly #events: readonly RecordedEvent[]
  /** The reactions to the events whose handler has returned: it is not called twice. */
  readonly #reactions = new Map<RecordedEvent, ReactedTo>()
  /** An answered ask is not repeated: the actor may have forgotten it by the next attempt. */
  readonly done: Set<string>
  readonly #isFollowed: boolean
  #perhapsMore: boolean
  /** The first event that has failed in the last attempt. */
  failed: RecordedEvent | undefined

  /** Throws a `Failure` when an event breaks its contract. */
  constructor(
    policy: Policy,
    react: React,
    { contract, id, commit, replayed, isFollowed = false }: Attempted,
    before = NOT_TRIED,
  ) {
    this.#replayed = replayed
    this.#policy = policy
    this.#react = react
    this.#events = recordedEvents(contract, id, commit, policy.handles)
    this.done = new Set(before.done)
    this.#perhapsMore = before.perhapsMore
    this.#isFollowed = isFollowed
  }

  /** Tries what is not done. No reaction waits for another. Rejects if one has failed. */
  once = async (): Promise<void> => {
    const errors: unknown[] = []
    this.failed = undefined
    for (const recorded of this.#events) {
      if (TRACING === undefined) await this.#event(recorded, errors, undefined)
      else await this.#traced(recorded, errors)
      if (errors.length > 0) this.failed ??= recorded
      // Later events of an actor do not overtake one that has failed.
      if (errors.length > 0 && this.#policy.laterEvents === "wait") break
    }
    this.#perhapsMore = true
    if (errors.length > 0) throw oneOf(errors)
  }

  /** The same in a span, which has the first error. */
  async #traced(recorded: RecordedEvent, errors: unknown[]): Promise<void> {
    const { event, meta } = recorded
    const own: unknown[] = []
    const attributes = {
      "messaging.message.id": meta.position,
      "leftfold.event": event.type,
      "leftfold.actor.id": meta.id,
    }
    const work = async (trace: string | undefined) => {
      await this.#event(recorded, own, trace)
      if (own.length > 0) throw own[0]
    }
    const template = `evt.${meta.actor}.{slice}.{id}`
    // What is thrown here is among the errors.
    await inPolicySpan(this.#policy.name, template, meta, attributes, work).catch(() => {})
    errors.push(...own)
  }

  async #event(
    recorded: RecordedEvent,
    errors: unknown[],
    trace: string | undefined,
  ): Promise<void> {
    let reacted: ReactedTo
    try {
      reacted = this.#reactions.get(recorded) ?? await reactionsTo(this.#policy, recorded)
      this.#reactions.set(recorded, reacted)
    } catch (error) {
      errors.push(error)
      return
    }
    const { reactions, atOnce } = reacted
    const replayed = this.#replayed
    for (const [index, reaction] of reactions.entries()) {
      const own = policyCommandId(this.#policy, recorded, index, this.#isFollowed)
      const commandId = replayedId(own, replayed?.again)
      if (this.done.has(commandId)) continue
      const askedSince = this.#perhapsMore ? recorded.meta.time.getTime() : undefined
      try {
        const place = { recorded, index, commandId, askedSince, atOnce, trace, replayed }
        await this.#react(reaction, place)
        this.done.add(commandId)
      } catch (error) {
        errors.push(error)
      }
    }
  }
}
