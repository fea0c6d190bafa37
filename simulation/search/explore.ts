/** Exploring: runs one seed after another until one fails. */
import type { Coverage } from "../model/coverage.ts"
import type { Broken } from "../model/broken.ts"
import { RUN } from "../limits.ts"
import { withTraps } from "../model/guard.ts"
import { run, type Scenario, type Selection } from "../run.ts"

/** Which seeds are run. */
export interface Seeds {
  /** How many. */
  readonly seeds: number
  /** The first one; 1 by default. */
  readonly from?: number
}

/** How an exploration is watched and ended. */
export interface Exploring {
  readonly coverage?: Coverage
  /** Called now and then with the number of seeds that were run; false ends the exploration. */
  readonly goOn?: (tried: number) => boolean | Promise<boolean>
}

/** What came of an exploration. */
export interface Explored {
  /** How many seeds were run. */
  readonly tried: number
  readonly steps: number
  /** The first seed that broke a law, and the law. */
  readonly failed: { readonly selection: Selection; readonly broken: Broken } | undefined
}

/** After how many runs `goOn` is asked. */
const ASKED_EVERY = 50

/** The whole run of a seed. */
const wholeRun = ({ callsPerRun = RUN.calls }: Scenario, seed: number): Selection => ({
  seed,
  calls: callsPerRun,
})

/** Runs seeds until one fails. */
export const explore = (
  scenario: Scenario,
  seeds: Seeds,
  exploring: Exploring = {},
): Promise<Explored> => withTraps(() => exploreAll(scenario, seeds, exploring))

const exploreAll = async (
  scenario: Scenario,
  { seeds, from = 1 }: Seeds,
  { coverage, goOn }: Exploring,
): Promise<Explored> => {
  let steps = 0
  for (let tried = 0; tried < seeds; tried++) {
    if (goOn && tried % ASKED_EVERY === 0 && !await goOn(tried)) {
      return { tried, steps, failed: undefined }
    }
    const selection = wholeRun(scenario, from + tried)
    const outcome = await run(scenario, selection, coverage ? { coverage } : {})
    steps += outcome.steps
    const { broken } = outcome
    if (broken) return { tried: tried + 1, steps, failed: { selection, broken } }
  }
  return { tried: seeds, steps, failed: undefined }
}
