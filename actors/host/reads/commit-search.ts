/** The commit search: finds the commit that holds a version, in few reads for any history. */
import { ANCESTORS, type StoredCommit } from "../../../wire/internal.ts"
import { type ActorLog, holds } from "./actor-log.ts"
import { broken, endOf } from "../history.ts"

/** Up to this many versions away, going back along the ancestors takes fewer reads than a jump. */
const NEAR = 96
/** Up to this many sequences apart, a jump cannot find a commit that the ancestors do not name. */
const CLOSE = 64

/** A commit that the search has met, without its events. */
type Mark = Pick<StoredCommit, "sequence" | "base" | "ancestors"> & { readonly end: number }

const START: Mark = { sequence: 0, base: 0, end: 0, ancestors: [] }

const markOf = (commit: StoredCommit): Mark => {
  const { sequence, base, ancestors } = commit
  return { sequence, base, ancestors, end: endOf(commit) }
}

/** Where a version can be: after one commit, and in or before another one. */
interface Bracket {
  below: Mark
  above: Mark
  /** The sequences at which a jump may find something new. */
  floor: number
  ceiling: number
}

/**
 * Finds commits by version. Versions grow with sequences, so the search guesses a sequence, reads
 * the actor's next commit from there, and guesses again. Close to the version, it goes back along
 * the ancestors. The commits that it meets help the next search.
 */
export class CommitSearch {
  readonly #log: ActorLog
  readonly #tail: StoredCommit
  readonly #marks: Mark[] = []

  /** `tail` is the last commit that counts. */
  constructor(log: ActorLog, tail: StoredCommit) {
    this.#log = log
    this.#tail = tail
    this.#marks.push(markOf(tail))
  }

  /** The commit that holds this version: from 1 up to the version after the tail. */
  async at(version: number): Promise<StoredCommit> {
    if (holds(this.#tail, version)) return this.#tail
    const bracket = this.#bracket(version)
    if (bracket.above.base < version) return await this.#log.commit(bracket.above.sequence)
    let jumps = 0
    // Going back along commits that hold only refusals leads no closer.
    let stalled = false
    for (;;) {
      const { above, below, floor, ceiling } = bracket
      const named = above.ancestors.filter((sequence) => sequence > below.sequence)
      const all = named.length < above.ancestors.length || named.length < ANCESTORS
      if (all) return await this.#among(named, version)
      const near = above.base - version <= NEAR && !stalled
      let met: StoredCommit | undefined
      if (near || ceiling - floor <= CLOSE) {
        met = await this.#log.commit(named[0]!)
        stalled = met.base === above.base
        if (endOf(met) < version) return await this.#among(named.slice(1), version)
      } else {
        stalled = false
        const guess = guessOf(bracket, version, jumps++ % 3 === 2)
        met = await this.#log.from(guess)
        if (!met || met.sequence >= above.sequence) {
          bracket.ceiling = guess
          continue
        }
      }
      if (holds(met, version)) return met
      this.#narrow(bracket, markOf(met), version)
    }
  }

  #bracket(version: number): Bracket {
    let [below, above] = [START, this.#marks[0]!]
    for (const mark of this.#marks) {
      if (mark.end < version && mark.sequence > below.sequence) below = mark
      if (mark.end >= version && mark.sequence < above.sequence) above = mark
    }
    return { below, above, floor: below.sequence + 1, ceiling: above.sequence }
  }

  #narrow(bracket: Bracket, met: Mark, version: number): void {
    this.#marks.push(met)
    if (met.end < version) {
      bracket.below = met
      bracket.floor = met.sequence + 1
    } else {
      bracket.above = met
      bracket.ceiling = Math.min(bracket.ceiling, met.sequence)
    }
  }

  /** The commit that holds a version, which must be among these. */
  async #among(sequences: readonly number[], version: number): Promise<StoredCommit> {
    let [first, last] = [0, sequences.length - 1]
    while (first <= last) {
      const middle = (first + last) >> 1
      const met = await this.#log.commit(sequences[middle]!)
      if (holds(met, version)) return met
      this.#marks.push(markOf(met))
      if (endOf(met) < version) first = middle + 1
      else last = middle - 1
    }
    const { name, id } = this.#log
    throw broken(name, id, this.#tail, version - 1)
  }
}

/** A sequence close to the wanted commit, or to one that names it. */
const guessOf = (
  { below, above, floor, ceiling }: Bracket,
  version: number,
  halve: boolean,
): number => {
  const reached = (version + ANCESTORS / 2 - below.end) / Math.max(above.base - below.end, 1)
  const part = halve ? 0.5 : Math.min(reached, 1)
  return Math.max(floor, Math.min(ceiling - 1, Math.floor(floor + (ceiling - floor) * part)))
}
