/** The report of a failure, also of one that does not come again with the same seed. */
import { SHRINKING } from "../limits.ts"
import { type Broken, LAWS } from "../model/broken.ts"
import { withTraps } from "../model/guard.ts"
import { run, type Scenario, type Selection } from "../run.ts"
import { reportOf } from "./report.ts"
import { shrink } from "./shrink.ts"

/** A run that broke a law. */
export interface Failure {
  readonly selection: Selection
  readonly broken: Broken
}

/** The handler that is not pure, found by calling each twice; undefined if none is found. */
const unsteady = async (scenario: Scenario, selection: Selection): Promise<Broken | undefined> => {
  for (let tries = 0; tries < SHRINKING.strictRuns; tries++) {
    const { broken } = await run(scenario, selection, { isStrict: true })
    if (broken && broken.where !== "") return broken
  }
  return undefined
}

/**
 * The report of a failure: its shortest story. For a failure that does not come again it names the
 * handler that depends on something else than it is given. `module` is what the command line loads
 * to see the failure again.
 */
export const reportOfFailure = async (
  scenario: Scenario,
  { selection, broken }: Failure,
  module?: string,
): Promise<string> => {
  const shrunk = await shrink(scenario, selection, broken)
  if (shrunk) return await reportOf(scenario, shrunk, module)
  const named = await withTraps(() => unsteady(scenario, selection))
  const told = named ?? broken
  return [
    `${LAWS[told.law]}: ${told.message}`,
    "",
    `Seed ${selection.seed} broke ${named ? "a law" : "this law"} once, and not when it was run ` +
    "again. Something that the seed does not decide takes part: a variable of a module that " +
    "outlives a run, a file, or a clock or random numbers that cannot be trapped.",
    ...(named && named.message !== broken.message
      ? ["", `what was seen first: ${LAWS[broken.law]}: ${broken.message}`]
      : []),
  ].join("\n")
}
