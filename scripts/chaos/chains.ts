/** Checks the log by itself: streams have no gaps, and every commit follows the one before it. */
import { ANCESTORS } from "../../wire/internal.ts"
import { groupBy } from "./group-by.ts"
import type { Logged } from "./history.ts"
import type { Findings } from "./verdict.ts"
import { decodeOwn } from "../../wire/codec.ts"
import { type Commit, storedAt, type StoredCommit } from "../../wire/commit.ts"

/** The commits of each actor, by its name and id. */
export const byActor = (log: readonly Logged[]): Map<string, Logged[]> =>
  groupBy(log, ({ name, id }) => `${name} ${id}`)

const checkStreams = (log: readonly Logged[], findings: Findings): void => {
  const last = new Map<string, number>()
  for (const { context, commit: { sequence } } of log) {
    const before = last.get(context) ?? 0
    if (sequence !== before + 1) {
      findings.add("lost", `the stream ${context} goes from ${before} to ${sequence}`)
    }
    last.set(context, sequence)
  }
}

const problemsOf = (
  { expected, commit }: Logged,
  version: number,
  sequences: readonly number[],
): string[] => {
  const before = sequences.at(-1) ?? 0
  const problems: string[] = []
  if (commit.base !== version) problems.push(`it follows version ${commit.base}, not ${version}`)
  if (expected !== before) problems.push(`it expected ${expected ?? "nothing"}, not ${before}`)
  if (commit.ancestors.join() !== sequences.slice(-ANCESTORS).join()) {
    problems.push("its ancestors are not the commits before it")
  }
  return problems
}

/** Reports what is wrong with the log of any actor. */
export const checkChains = (log: readonly Logged[], findings: Findings): void => {
  checkStreams(log, findings)
  for (const [actor, commits] of byActor(log)) {
    let version = 0
    const sequences: number[] = []
    for (const logged of commits) {
      for (const problem of problemsOf(logged, version, sequences)) {
        findings.add("brokenChains", `${actor} at ${logged.commit.sequence}: ${problem}`)
      }
      version += logged.commit.events.length
      sequences.push(logged.commit.sequence)
    }
  }
}

/**
 * Reads a commit even if it is wrong; the checker reports the mistakes. Throws `Malformed` if it is
 * not MessagePack.
 */
export const loggedCommit = (bytes: Uint8Array, sequence: number): StoredCommit =>
  storedAt(decodeOwn("msgpack", bytes) as Commit, sequence)
