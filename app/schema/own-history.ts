/** Own histories: actors of the real log, folded from their first event on by today's code. */
import { isFailure, messageOf, positionOf } from "../../contracts/internal.ts"
import type { Feed } from "../../projections/internal.ts"
import { type ContractsByName, readMessage, type StoredCommit } from "../../wire/internal.ts"
import { SCHEMA } from "../limits.ts"
import type { Machine } from "./machine.ts"

/** A commit of the log whose actor is folded. */
export interface ActorAt {
  readonly context: string
  readonly name: string
  readonly id: string
  readonly commit: StoredCommit
}

/** What can be said of a history. */
export interface HistoryFound {
  readonly machine: Machine
  readonly version: { readonly type: string; readonly schema: number }
  readonly position: string
  readonly why: string
}

/** Where histories are read. */
export interface HistoryReads {
  readonly feed: Feed
  readonly contracts: ContractsByName
  readonly isSkipped: (context: string, sequence: number) => boolean
}

/** The commit at a sequence; undefined if it cannot be read, or is stepped over. */
const commitAt = async (
  { feed, contracts, isSkipped }: HistoryReads,
  context: string,
  sequence: number,
): Promise<StoredCommit | undefined> => {
  try {
    const read = readMessage(await feed.at(context, sequence), contracts, isSkipped)
    return read.kind === "commit" ? read.commit : undefined
  } catch (error) {
    if (isFailure(error) && error._tag === "NotFound") return undefined
    throw error
  }
}

/**
 * All commits of an actor up to one, oldest first; undefined if some cannot be read, or if there
 * are more than are folded here.
 */
const historyUpTo = async (
  reads: HistoryReads,
  { context, commit }: ActorAt,
): Promise<readonly StoredCommit[] | undefined> => {
  if (commit.base > SCHEMA.ownEvents) return undefined
  const commits: StoredCommit[] = [commit]
  for (let first = commit; first.ancestors.length > 0; first = commits[0]!) {
    const earlier = await Promise.all(
      first.ancestors.map((sequence) => commitAt(reads, context, sequence)),
    )
    if (earlier.some((each) => each === undefined)) return undefined
    commits.unshift(...earlier as StoredCommit[])
  }
  return commits[0]!.base === 0 ? commits : undefined
}

/**
 * Folds an actor's own history by these machines, up to a commit. Undefined if it cannot be told
 * from the log alone, as with a long history.
 */
export const foldOwn = async (
  reads: HistoryReads,
  at: ActorAt,
  machines: readonly Machine[],
): Promise<readonly HistoryFound[] | undefined> => {
  const commits = await historyUpTo(reads, at)
  if (!commits) return undefined
  const { codec } = reads.contracts.get(at.name)!
  const found: HistoryFound[] = []
  const states = new Map(machines.map((machine) => [machine, machine.initial]))
  for (const { events, sequence } of commits) {
    const position = positionOf(at.context, sequence)
    for (const { type, schema, data } of events) {
      let read: ReturnType<typeof codec.event>
      try {
        read = codec.event({ type, schema, data })
      } catch {
        // The version is named by reading it.
        return undefined
      }
      for (const event of "kind" in read ? [read] : read) {
        for (const [machine, state] of states) {
          if (!machine.handles(event.type)) continue
          try {
            states.set(machine, machine.step(state, event))
          } catch (error) {
            const why = messageOf(error)
            found.push({ machine, version: { type, schema }, position, why })
            states.delete(machine)
          }
        }
      }
    }
  }
  return found
}
