/** A stretch of a history: the commits from one version to another, oldest first. */
import type { StoredCommit } from "../../../wire/internal.ts"
import type { ActorLog } from "./actor-log.ts"
import type { CommitSearch } from "./commit-search.ts"
import { broken, endOf } from "../history.ts"

/** How many versions are read at a time: their commits are named before they are read. */
const HOP = 512

/** Commits up to this size are read already when they are named. */
const SMALL_BYTES = 32_768

/** The commits that one commit names; only their sequences if they were not read yet. */
interface Round {
  readonly sequences: readonly number[]
  readonly commits?: readonly StoredCommit[]
}

/** The commits before `last` that can hold versions after `from`, oldest first. */
const roundsBefore = async (log: ActorLog, last: StoredCommit, from: number): Promise<Round[]> => {
  const rounds: Round[] = []
  let oldest = last
  while (oldest.base > from) {
    const sequences = oldest.ancestors
    const [first] = sequences
    if (first === undefined) throw broken(log.name, log.id, oldest, 0)
    const commits = log.largest <= SMALL_BYTES ? await log.all(sequences) : undefined
    rounds.push(commits ? { sequences, commits } : { sequences })
    oldest = commits?.[0] ?? await log.commit(first)
  }
  return rounds.reverse()
}

/**
 * The commits that hold the versions after `from` up to `to`, oldest first and some at a time. The
 * first can begin before these versions, and the last can end after them. Rejects with
 * `BrokenHistory` when one is missing.
 */
export async function* stretch(
  log: ActorLog,
  search: CommitSearch,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredCommit[]> {
  let reached = from
  let begun = false
  const follow = (commits: readonly StoredCommit[]): readonly StoredCommit[] => {
    const following = commits.filter((commit) => endOf(commit) > reached)
    for (const commit of following) {
      const follows = begun ? commit.base === reached : commit.base <= reached
      if (!follows) throw broken(log.name, log.id, commit, reached)
      reached = endOf(commit)
      begun = true
    }
    return following
  }
  while (reached < to) {
    const last = await search.at(Math.min(to, reached + HOP))
    for (const { sequences, commits } of await roundsBefore(log, last, reached)) {
      if (commits) yield follow(commits)
      else for await (const each of log.commits(sequences)) yield follow(each)
    }
    yield follow([last])
  }
}
