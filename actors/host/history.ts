/** The history of an actor: from its last commit back along the ancestors, round by round. */
import type { StoredCommit } from "../../wire/internal.ts"
import { BrokenHistory, type Journal } from "../journal/journal.ts"

/** How far back to read. */
export interface Back {
  /** Only commits after this sequence. */
  readonly after?: number
  /** Told the commits of each round, oldest first: whether the walk has come far enough. */
  readonly enough?: (round: readonly StoredCommit[]) => boolean
}

/**
 * The commits that end with `tail`, oldest first, back to the first one or as far as is asked.
 * Each round reads all ancestors that the oldest commit names, side by side. Rejects with
 * `BrokenHistory` when a commit is missing.
 */
export const historyBefore = async (
  journal: Journal,
  name: string,
  id: string,
  tail: StoredCommit,
  { after = 0, enough = () => false }: Back = {},
): Promise<StoredCommit[]> => {
  const rounds: (readonly StoredCommit[])[] = [[tail]]
  let oldest = tail
  while ((oldest.base > 0 || oldest.ancestors.length > 0) && !enough(rounds.at(-1) ?? [])) {
    const wanted = oldest.ancestors.filter((sequence) => sequence > after)
    const round = await journal.commits(name, wanted)
    rounds.push(round)
    if (wanted.length < oldest.ancestors.length) break
    const [first] = round
    if (!first) throw broken(name, id, oldest, 0)
    oldest = first
  }
  const commits = rounds.reverse().flat()
  checkChain(name, id, commits)
  return commits
}

/** All commits of an actor, oldest first, as the log's leader has them. */
export const wholeHistory = async (
  journal: Journal,
  name: string,
  id: string,
): Promise<StoredCommit[]> => {
  const tail = await journal.tail(name, id, { fresh: true })
  return tail ? await historyBefore(journal, name, id, tail) : []
}

/** Throws `BrokenHistory` unless each commit starts where the one before it ended. */
export const checkChain = (name: string, id: string, commits: readonly StoredCommit[]): void => {
  let version = commits[0]?.base ?? 0
  for (const commit of commits) {
    if (commit.base !== version) throw broken(name, id, commit, version)
    version += commit.events.length
  }
}

const broken = (name: string, id: string, { sequence, base }: StoredCommit, version: number) =>
  new BrokenHistory(
    `${name} ${id}: the commit at ${sequence} follows version ${base}, but the commits before ` +
      `it end at ${version}: a message of the log is missing; restore the stream`,
  )
