/** The history of an actor: from its last commit back along the ancestors, round by round. */
import type { StoredCommit } from "../../wire/internal.ts"
import { BrokenHistory, type Journal } from "../journal/journal.ts"
import { HISTORY } from "../limits.ts"
import { LongReads } from "./long-reads.ts"

/** How far back to read; back to the first commit by default. */
export interface Back {
  /** Only commits after this sequence. */
  readonly after?: number
  /** Gets the commits of each round, oldest first. True if the walk has come far enough. */
  readonly enough?: (round: readonly StoredCommit[]) => boolean
}

/** Commits that were read concurrently; only their sequences if there was no room for them. */
interface Round {
  readonly sequences: readonly number[]
  readonly bytes: number
  commits: readonly StoredCommit[] | undefined
}

/** All reads of this process together, because they share its memory. */
const LONG_READS = new LongReads(HISTORY)

/**
 * The commits up to `tail`, oldest first and round by round, back to the first one or as far as is
 * asked. A round reads concurrently all ancestors that the oldest commit names. Beyond the bytes
 * that it may hold, the newest commits are dropped and read again in their turn. A caller that
 * reads another history first ends this one. Rejects with `BrokenHistory` when a commit is missing.
 */
export async function* historyRounds(
  journal: Journal,
  name: string,
  id: string,
  tail: StoredCommit,
  { after = 0, enough = () => false }: Back = {},
): AsyncGenerator<readonly StoredCommit[]> {
  const rounds: Round[] = [{ sequences: [tail.sequence], bytes: 0, commits: [tail] }]
  const meter = { bytes: 0 }
  const read = LONG_READS.read()
  try {
    let [oldest, held, dropped] = [tail, 0, 0]
    while (
      (oldest.base > 0 || oldest.ancestors.length > 0) && !enough(rounds.at(-1)?.commits ?? [])
    ) {
      const sequences = oldest.ancestors.filter((sequence) => sequence > after)
      const before = meter.bytes
      const commits = await journal.commits(name, sequences, meter)
      const bytes = meter.bytes - before
      rounds.push({ sequences, bytes, commits })
      held += bytes
      if (held > HISTORY.longBytes) await read.becomesLong()
      for (; held > read.mayHold && dropped < rounds.length - 1; dropped++) {
        const newest = rounds[dropped]!
        held -= newest.bytes
        newest.commits = undefined
      }
      if (sequences.length < oldest.ancestors.length) break
      const [first] = commits
      if (!first) throw broken(name, id, oldest, 0)
      oldest = first
    }
    let version: number | undefined
    for (let round = rounds.pop(); round; round = rounds.pop()) {
      if (round.sequences.length === 0) continue
      const commits = round.commits ?? await journal.commits(name, round.sequences)
      version = checkChain(name, id, commits, version)
      yield commits
    }
  } finally {
    read.end()
  }
}

/** All commits that `historyRounds` gives, in one list. */
export const historyBefore = async (
  ...given: Parameters<typeof historyRounds>
): Promise<StoredCommit[]> => {
  const commits: StoredCommit[] = []
  for await (const round of historyRounds(...given)) commits.push(...round)
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

/**
 * Throws `BrokenHistory` unless each commit starts at the version where the one before it ended,
 * and the first one at `from`, if given. Returns the version after the last one.
 */
export const checkChain = (
  name: string,
  id: string,
  commits: readonly StoredCommit[],
  from?: number,
): number => {
  let version = from ?? commits[0]?.base ?? 0
  for (const commit of commits) {
    if (commit.base !== version) throw broken(name, id, commit, version)
    version += commit.events.length
  }
  return version
}

/** The version of an actor after a commit. */
export const endOf = ({ base, events }: StoredCommit): number => base + events.length

/** The error for a commit that does not start at the version where those before it end. */
export const broken = (
  name: string,
  id: string,
  { sequence, base }: StoredCommit,
  version: number,
): BrokenHistory =>
  new BrokenHistory(
    `${name} ${id}: the commit at ${sequence} follows version ${base}, but the commits before ` +
      `it end at ${version}. Either a message of the log is missing: restore the stream. Or a ` +
      `stranger wrote this one: step over it by leftfold skip ${name.split(".")[0]}:${sequence}`,
    { sequence, explained: true },
  )
