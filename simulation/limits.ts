/** Limits of a simulation. */

/** How far one run goes. */
export const RUN = {
  /** Calls from outside, unless the simulation says another number. */
  calls: 12,
  /** The most steps until a run must be at rest: these, and so many more for each call. */
  steps: 2_000,
  stepsOfCall: 500,
  /** How often a recurring timer fires. */
  recurrences: 3,
  /** Events of one actor that are kept for `world.events`; one more fails the run. */
  eventsOfActor: 10_000,
} as const

/** How often one fault can strike in one place, so that every message arrives in the end. */
export const STRIKES = {
  /** Tries of one command that are lost. */
  lost: 3,
  /** Decisions on one command that are taken again. */
  redecided: 3,
  /** Times that a policy is interrupted at one event. */
  crashes: 3,
} as const

/** How long things take, in milliseconds of virtual time. */
export const TIMES = {
  /** A message that is not delayed. */
  usual: 1,
  /** A sender waits this long for an answer before it tries again. */
  retry: 1_000,
  /** A policy's event that was lost comes again after this time. */
  redelivery: 10_000,
  /** The longest delay: three days. */
  longest: 259_200_000,
} as const

/** What default calls are made from. */
export const DEFAULT_CALLS = {
  /** Values of each size for the fields of one command. */
  values: 20,
  /** How large values are, as Effect's generators count; small ones have no optional fields. */
  sizes: [4, 12],
} as const

/** How much is spent on making a failure smaller. */
export const SHRINKING = {
  /** Runs with other seeds and fewer calls, and their steps. */
  otherRuns: 2_000,
  stepsOfOtherRuns: 150_000,
  /** The most steps in all. */
  steps: 600_000,
  /** Runs that look for the handler that is not pure, after a failure that did not come again. */
  strictRuns: 20,
} as const

/** What a report lists. */
export const LISTED = {
  /** Lines of a story; the middle of a longer one is left out. */
  storyLines: 60,
  /** Characters of a value. */
  valueCharacters: 160,
} as const
