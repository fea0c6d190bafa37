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
  /** Counts the events that one stored event became, from 1; absent on the first. */
  readonly part?: number
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

type Wanted = (type: string, index: number) => boolean

/** Whether any event that the stored one can become is wanted. */
export const isWanted = (
  { codec: { evolution } }: AnyContract,
  type: string,
  index: number,
  wanted: Wanted,
): boolean => {
  const today = evolution.leadsTo(type)
  return today ? today.some((each) => wanted(each, index)) : wanted(type, index)
}

/**
 * The events of a commit as they are today, or those that `wanted` accepts by type and index.
 * Events that one stored event became have its metadata. A skipped commit has no events. Throws a
 * `Failure` when an event breaks its contract.
 */
export const recordedEvents = (
  contract: AnyContract,
  id: string,
  commit: StoredCommit,
  wanted: Wanted = () => true,
): RecordedEvent[] => {
  const recorded: RecordedEvent[] = []
  if (commit.skipped) return recorded
  for (let index = 0; index < commit.events.length; index++) {
    const stored = commit.events[index]!
    if (!isWanted(contract, stored.type, index, wanted)) continue
    const event = contract.codec.event(stored)
    const meta = recordedMeta(contract, id, commit, index)
    if ("kind" in event) {
      recorded.push({ event, meta })
      continue
    }
    event.forEach((each, part) => {
      if (!wanted(each.type, index)) return
      recorded.push(part === 0 ? { event: each, meta } : { event: each, meta, part })
    })
  }
  return recorded
}
