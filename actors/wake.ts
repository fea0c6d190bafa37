/** Wakes an actor: from its snapshot if that saves reading, and from its log. */
import { ANCESTORS, type StoredCommit } from "../contracts/mod.ts"
import type { AnyActor } from "./actor.ts"
import { historyBefore } from "./history.ts"
import type { Journal } from "./journal.ts"
import { REMEMBERED } from "./limits.ts"
import { Remembered } from "./remembered.ts"
import { Resident } from "./resident.ts"
import { decodeSnapshot, type Restored } from "./snapshot.ts"
import type { Snapshots } from "./snapshots.ts"

/** Where actors are woken from. */
export interface WakeOptions {
  readonly journal: Journal
  readonly snapshots: Snapshots
  /** Whether no commit may be missed, even one just made elsewhere. */
  readonly fresh: boolean
}

/**
 * Rebuilds an actor. One whose commits are all named by its last one is read from these alone; only
 * a longer past makes its snapshot worth reading. Rejects with `Unavailable`, with
 * `BrokenHistory`, or with what a handler throws.
 */
export const wake = async (
  actor: AnyActor,
  id: string,
  { journal, snapshots, fresh }: WakeOptions,
): Promise<Resident> => {
  const { name } = actor.contract
  const tail = await journal.tail(name, id, { fresh })
  if (!tail) return new Resident(actor.initial)
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
  const { name } = actor.contract
  const { version, sequence } = resident
  const remembered = forgetting(tail)
  const commits = await historyBefore(
    journal,
    name,
    id,
    tail,
    truncated
      ? { enough: (oldest) => oldest.base <= version && remembered(oldest) }
      : { after: Math.min(sequence, tail.sequence - 1) },
  )
  const later = commits.filter((commit) => commit.sequence > sequence)
  const reached = later[0]?.base ?? tail.base + tail.events.length
  if (reached !== version) return await fromLog(actor, id, journal, tail)
  resident.fold(actor, later)
  if (truncated) resident.remembered = rememberedFrom(commits)
  return resident
}

/** Folds everything; also what is left when a snapshot is not of this very log. */
const fromLog = async (actor: AnyActor, id: string, journal: Journal, tail: StoredCommit) => {
  const resident = new Resident(actor.initial)
  resident.fold(actor, await historyBefore(journal, actor.contract.name, id, tail))
  return resident
}

/** Whether commits back to `oldest` hold all commands that are to be remembered. */
const forgetting = (tail: StoredCommit) => {
  const newest = tail.events.at(-1)?.time ?? 0
  return ({ base, events }: StoredCommit): boolean => {
    const count = tail.base + tail.events.length - base
    const old = (events[0]?.time ?? 0) < newest - REMEMBERED.windowMs
    return count >= REMEMBERED.most || (old && count >= REMEMBERED.least)
  }
}

const rememberedFrom = (commits: readonly StoredCommit[]): Remembered => {
  const remembered = new Remembered()
  for (const commit of commits) remembered.add(commit)
  return remembered
}
