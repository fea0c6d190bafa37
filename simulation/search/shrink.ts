/** Shrinking: makes a failure small, with fewer calls, fewer faults and simpler values. */
import { SHRINKING } from "../limits.ts"
import type { Broken } from "../model/broken.ts"
import { withTraps } from "../model/guard.ts"
import { type Outcome, run, type Scenario, type Selection } from "../run.ts"

/** A failure, and the run that shows it. */
export interface Shrunk {
  readonly selection: Selection
  readonly broken: Broken
  /** How many runs it took. */
  readonly runs: number
}

/**
 * A smallest part of some items for which a claim holds: no further item can be left out. This is
 * the delta debugging of Zeller and Hildebrandt. The claim must hold for all of them.
 */
export const least = async <T>(
  items: readonly T[],
  holds: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> => {
  let kept = items
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 0;) {
    let removed = false
    for (let from = 0; from < kept.length;) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)]
      if (await holds(fewer)) {
        kept = fewer
        removed = true
      } else from += size
    }
    if (size === 1 && !removed) break
    size = removed ? Math.min(size, kept.length) : Math.floor(size / 2)
  }
  return kept
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Makes one failure smaller, within a number of runs. */
class Shrinker {
  readonly #scenario: Scenario
  #best: Selection
  #broken: Broken
  #outcome: Outcome | undefined
  #runs = 0
  #steps = 0

  constructor(scenario: Scenario, selection: Selection, broken: Broken) {
    this.#scenario = scenario
    this.#best = selection
    this.#broken = broken
  }

  async shrink(): Promise<Shrunk | undefined> {
    // The first failure must be seen to come again, and once more.
    for (let seen = 0; seen < 2; seen++) if (!await this.#try(this.#best)) return undefined
    await this.#fewerCalls()
    await this.#fewerFaults()
    await this.#otherSeeds()
    await this.#simplerValues()
    await this.#fewerCalls()
    await this.#fewerFaults()
    // What has come to depend on the runs before it cannot be told as a story.
    if (!await this.#try(this.#best, SHRINKING.steps * 2)) return undefined
    return { selection: this.#best, broken: this.#broken, runs: this.#runs }
  }

  async #fewerCalls(): Promise<void> {
    const calls = [...this.#best.keep ?? range(this.#best.calls)]
    await least(calls, (kept) => this.#try({ ...this.#best, keep: new Set(kept) }))
  }

  async #fewerFaults(): Promise<void> {
    const ids = [...new Set((this.#outcome?.struck ?? []).map(({ id }) => id))]
    if (ids.length === 0) return
    const only = (kept: readonly number[]) => ({ ...this.#best, only: new Set(kept) })
    if (await this.#try(only(ids))) await least(ids, (kept) => this.#try(only(kept)))
  }

  async #simplerValues(): Promise<void> {
    const drawn = [...new Set(this.#outcome?.drawn ?? [])]
    const keeping = (kept: readonly string[]) => ({ ...this.#best, values: new Set(kept) })
    if (await this.#try(keeping(drawn))) await least(drawn, (kept) => this.#try(keeping(kept)))
  }

  /** Looks for the same failure in runs that have fewer calls to begin with. */
  async #otherSeeds(): Promise<void> {
    const { size } = this.#best.keep ?? new Set(range(this.#best.calls))
    if (size <= 1) return
    const steps = this.#steps + SHRINKING.stepsOfOtherRuns
    const runs = this.#runs + SHRINKING.otherRuns
    for (let seed = 1; this.#steps < steps && this.#runs < runs; seed++) {
      for (let calls = 1; calls < size; calls++) {
        if (!await this.#try({ seed, calls })) continue
        await this.#fewerCalls()
        await this.#fewerFaults()
        return
      }
    }
  }

  /** Whether a run fails in the same way; if so, it is the best so far. */
  async #try(selection: Selection, most: number = SHRINKING.steps): Promise<boolean> {
    if (this.#steps >= most) return false
    this.#runs++
    const outcome = await run(this.#scenario, selection)
    const { broken, steps } = outcome
    this.#steps += steps
    if (broken?.law !== this.#broken.law || broken.where !== this.#broken.where) return false
    this.#best = selection
    this.#broken = broken
    this.#outcome = outcome
    return true
  }
}

/** Makes a failure small. Undefined if the failure does not come again with the same seed. */
export const shrink = (
  scenario: Scenario,
  selection: Selection,
  broken: Broken,
): Promise<Shrunk | undefined> =>
  withTraps(() => new Shrinker(scenario, selection, broken).shrink())
