/** Wakes an actor from its log, and from its snapshot if that saves reading. */
import { ANCESTORS, type StoredCommit, timeOfCommit } from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import { endOf, historyRounds } from "./history.ts"
import type { Journal } from "../journal/journal.ts"
import { REMEMBERED } from "../limits.ts"
import { isSameCommand, Remembered } from "./repeats/idempotency-window.ts"
import { Resident } from "./resident.ts"
import { decodeSnapshot, type Restored } from "./snapshot.ts"
import type { Snapshots } from "../journal/snapshots.ts"

/** Where actors are woken from. */
export interface WakeOptions {
  readonly journal: Journal
  readonly snapshots: Snapshots
  /** Whether no commit may be missed, not even one that was just made elsewhere. */
  readonly fresh: boolean
}

/**
 * Rebuilds an actor. If its last commit names all others, only these are read. The snapshot is read
 * only for a longer history. Rejects with `Unavailable`, with `BrokenHistory`, or with what a
 * handler throws.
 */
export const wake = async (
  actor: AnyActor,
  id: string,
  { journal, snapshots, fresh }: WakeOptions,
): Promise<Resident> => {
  const { name, idempotencyWindowMs } = actor.contract
  const tail = await journal.tail(name, id, { fresh })
  if (!tail) return new Resident(actor.initial, idempotencyWindowMs)
  const restored = actor.state && tail.ancestors.length === ANCESTORS
    ? await restore(actor, id, snapshots)
    : undefined
  if (!restored || restored.resident.sequence > tail.sequence) {
    return await fromLog(actor, id, journal, tail)
  }
  return await catchUp(actor, id, journal, tail, restored)
}

const restore = async (
  actor: AnyActor,
  id: string,
  snapshots: Snapshots,
): Promise<Restored | undefined> => {
  const bytes = await snapshots.read(actor.contract.name, id)
  return bytes && decodeSnapshot(actor, bytes)
}

const catchUp = async (
  actor: AnyActor,
  id: string,
  journal: Journal,
  tail: StoredCommit,
  { resident, truncated }: Restored,
): Promise<Resident> => {
  const { name, idempotencyWindowMs } = actor.contract
  const { version, sequence } = resident
  const seen = forgetting(tail, idempotencyWindowMs)
  const enough = (round: readonly StoredCommit[]) => seen(round) && (round[0]?.base ?? 0) <= version
  const back = truncated ? { enough } : { after: Math.min(sequence, tail.sequence - 1) }
  const remembered = new Remembered(idempotencyWindowMs)
  let checked = false
  for await (const commits of historyRounds(journal, name, id, tail, back)) {
    const later = commits.filter((commit) => commit.sequence > sequence)
    const isLast = commits.at(-1) === tail
    if (!checked && (later.length > 0 || isLast)) {
      checked = follows(resident, tail, later)
      // Only after this read has ended, because the other one may have to wait for its place.
      if (!checked) break
    }
    if (truncated) { for (const commit of commits) remembered.add(commit) }
    resident.fold(actor, later)
  }
  if (!checked) return await fromLog(actor, id, journal, tail)
  if (truncated) resident.remembered = remembered
  return resident
}

/** Folds the whole log. Also the fallback when a snapshot is not of this log. */
const fromLog = async (actor: AnyActor, id: string, journal: Journal, tail: StoredCommit) => {
  const resident = new Resident(actor.initial, actor.contract.idempotencyWindowMs)
  for await (const commits of historyRounds(journal, actor.contract.name, id, tail)) {
    resident.fold(actor, commits)
  }
  return resident
}

/** Whether a snapshot was taken at the commit that the log has just before the later ones. */
const follows = (
  { version, sequence }: Resident,
  tail: StoredCommit,
  [first]: readonly StoredCommit[],
): boolean =>
  first
    ? first.base === version && first.ancestors.at(-1) === sequence
    : tail.sequence === sequence && endOf(tail) === version

/** Tells, round by round back from the tail, whether every command of the window was seen. */
const forgetting = (tail: StoredCommit, windowMs: number) => {
  const horizon = timeOfCommit(tail) - windowMs - 1_000
  let count = 0
  return (round: readonly StoredCommit[]): boolean => {
    for (const { events } of round) {
      for (const [index, event] of events.entries()) {
        if (!isSameCommand(event, events[index + 1])) count++
      }
    }
    const old = round[0] !== undefined && timeOfCommit(round[0]) < horizon
    return count >= REMEMBERED.most || (old && count >= REMEMBERED.least)
  }
}
