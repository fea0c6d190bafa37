/** A recorded event, as projections and policies receive it: decoded, with its metadata. */
import { type AnyContract, type Message, positionOf } from "../contracts/internal.ts"
import type { StoredCommit } from "./commit.ts"
import { type Metadata, recallMetadata } from "./metadata.ts"

/**
 * The position of an event, and what led to it.
 *
 * ```ts
 * const dayOf = ({ time }: EventMeta): string => time.toISOString().slice(0, 10)
 * ```
 */
export interface EventMeta extends Metadata {
  /** The id of the actor it happened to. */
  readonly id: string
  /** The contract's name, `<context>.<actor>`. */
  readonly actor: string
  /** How many events the actor had, including this one. */
  readonly version: number
  /** The position of its commit in the context's log, such as `orders:1234`. */
  readonly position: string
  /** The sequence in that position. */
  readonly sequence: number
  /** The index of the event in its commit, from 0. */
  readonly index: number
  /** When it was decided. */
  readonly time: Date
  /** The id of the command that caused it. */
  readonly commandId: string
}

/** An event with its metadata. */
export interface RecordedEvent {
  readonly event: Message<"event">
  readonly meta: EventMeta
}

/** The metadata of one event of a commit. */
export const recordedMeta = (
  { name, context }: AnyContract,
  id: string,
  { base, sequence, events }: StoredCommit,
  index: number,
): EventMeta => {
  const stored = events[index]!
  const result: { -readonly [Name in keyof EventMeta]: EventMeta[Name] } = {
    id,
    actor: name,
    version: base + index + 1,
    position: positionOf(context, sequence),
    sequence,
    index,
    time: new Date(stored.time),
    commandId: stored.command,
    correlation: stored.command,
  }
  recallMetadata(stored, result)
  return result
}

/**
 * The events of a commit, or those that `wanted` accepts by type and index. A skipped commit
 * has none. Throws a `Failure` when an event breaks its contract.
 */
export const recordedEvents = (
  contract: AnyContract,
  id: string,
  commit: StoredCommit,
  wanted: (type: string, index: number) => boolean = () => true,
): RecordedEvent[] => {
  const recorded: RecordedEvent[] = []
  if (commit.skipped) return recorded
  for (let index = 0; index < commit.events.length; index++) {
    const stored = commit.events[index]!
    if (!wanted(stored.type, index)) continue
    const event = contract.codec.event(stored)
    recorded.push({ event, meta: recordedMeta(contract, id, commit, index) })
  }
  return recorded
}
