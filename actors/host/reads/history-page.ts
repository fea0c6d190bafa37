/** A page of an actor's history: events and their metadata, bounded in number and in bytes. */
import {
  type AnyContract,
  isFailure,
  NotFound,
  positionOf,
  StoredProtobuf,
} from "../../../contracts/internal.ts"
import { encode, type Format, recordedMeta, type StoredCommit } from "../../../wire/internal.ts"
import type { ActorLog } from "./actor-log.ts"
import { CommitSearch } from "./commit-search.ts"
import { endOf } from "../history.ts"
import { stretch } from "./stretch.ts"

/** Which page: the events after a version, with bounds on their number and their bytes. */
export interface PageOptions {
  readonly after: number
  readonly limit: number
  readonly format: Format
  readonly bytes: number
}

/** Bytes of an answer in addition to its events. */
const FRAME_BYTES = 512
/** Bytes that an event takes in a list in addition to its own. */
const SEPARATOR_BYTES = 1

/** What a stored event is as its contract reads it now; as stored, if it cannot read it. */
const todayOf = (
  contract: AnyContract,
  commit: StoredCommit,
  index: number,
): readonly object[] => {
  const stored = commit.events[index]!
  const { type } = stored
  if (commit.skipped) {
    const { by, reason, time } = commit.skipped
    return [{ type, skipped: { by, reason, time: new Date(time).toISOString() } }]
  }
  try {
    const event = contract.codec.event(stored)
    return ("kind" in event ? [event] : event).map((each) => {
      return { type: each.type, data: contract.codec.plain(each).data }
    })
  } catch (error) {
    if (!isFailure(error)) throw error
    const data = stored.data instanceof StoredProtobuf ? undefined : stored.data
    return [{ type, data, unreadable: error.message }]
  }
}

/** The events of today that a stored event became, with its metadata. */
const shownOf = (contract: AnyContract, id: string, commit: StoredCommit, index: number) => {
  const context = recordedMeta(contract, id, commit, index)
  const { actor: _actor, id: _id, sequence, index: _index, time, ...metadata } = context
  return todayOf(contract, commit, index).map((each) => ({
    ...each,
    ...metadata,
    position: positionOf(contract.context, sequence),
    time: time.toISOString(),
  }))
}

const withoutData = (shown: object, omittedBytes: number): object => {
  const { data: _, ...rest } = shown as { readonly data?: unknown }
  return { ...rest, omittedBytes }
}

/** The most skipped messages on a page, and the most characters of the reason of each. */
const SKIPPED_SHOWN = 100

/** The messages that are stepped over between two versions: the place, by whom, and why. */
const skippedBetween = (contract: AnyContract, log: ActorLog, after: number, to: number) =>
  log.skipped().filter(({ base }) => base >= after && base <= to).slice(0, SKIPPED_SHOWN)
    .map(({ sequence, base, by, reason, time }) => ({
      position: positionOf(contract.context, sequence),
      after: base,
      by,
      reason: reason.slice(0, SKIPPED_SHOWN),
      time: new Date(time).toISOString(),
    }))

/**
 * Reads a page, oldest event first; `next` is the `after` of the next page. An event that no
 * message can hold is shown without its data, so that the events after it can be read.
 */
export const historyPage = async (
  contract: AnyContract,
  log: ActorLog,
  { after, limit, format, bytes }: PageOptions,
): Promise<object> => {
  const { id } = log
  const tail = await log.tail()
  const version = tail ? endOf(tail) : 0
  if (!tail || version === 0) throw new NotFound({ message: `${log.name} ${id} has no events` })
  const events: object[] = []
  /** How many stored events are on the page. */
  let taken = 0
  const to = Math.min(after + limit, version)
  const within = skippedBetween(contract, log, after, to)
  let room = bytes - FRAME_BYTES - (within.length > 0 ? encode(format, within).length : 0)
  const add = (commit: StoredCommit, index: number): boolean => {
    const shown = shownOf(contract, id, commit, index)
    const sizes = shown.map((each) => encode(format, each).length + SEPARATOR_BYTES)
    const size = sizes.reduce((sum, each) => sum + each, 0)
    const isTooLarge = size > bytes - FRAME_BYTES
    if (size > room && !(isTooLarge && taken === 0)) return false
    events.push(...isTooLarge ? shown.map((each, at) => withoutData(each, sizes[at]!)) : shown)
    room -= size
    taken++
    return true
  }
  reading: for await (
    const commits of stretch(log, new CommitSearch(log, tail), after, Math.max(to, after))
  ) {
    for (const commit of commits) {
      const last = Math.min(endOf(commit), to)
      for (let at = after + taken; at < last; at++) {
        if (!add(commit, at - commit.base)) break reading
      }
    }
  }
  const reached = after + taken
  const skipped = within.filter((each) => each.after <= reached)
  return {
    id,
    version,
    events,
    ...(skipped.length > 0 ? { skipped } : {}),
    ...(reached < version ? { next: reached } : {}),
  }
}
