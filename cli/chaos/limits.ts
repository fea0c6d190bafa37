/** The limits of chaos runs. */

/** How long a run of an application is loaded, and by whom. */
export const CHAOS = {
  /** Seconds of load without --seconds, and the fewest and the most. */
  seconds: 60,
  leastSeconds: 5,
  mostSeconds: 3_600,
  /** How many callers ask at the same time, and the pause of each, in milliseconds. */
  callers: 6,
  pauseMs: 40,
  /** The most commands of a run: the checks hold all of them. */
  commands: 5_000,
  /** How long a caller waits for an answer, in milliseconds. */
  deadlineMs: 15_000,
  /** How long commands without an answer are asked again for at the end, in milliseconds. */
  askAgainMs: 120_000,
  /** The longest that --hurry can be, in seconds. */
  hurrySeconds: 600,
  /** How long timers that are about to fire are waited for at the end, in milliseconds. */
  timersMs: 10_000,
  /** The pause between two looks at them, in milliseconds. */
  lookMs: 100,
  /** How often timers that set further timers are waited for. */
  rounds: 5,
  /** A timer that was due so recently may not have fired yet, in milliseconds. */
  soonMs: 10_000,
  /** The most findings that are printed; --json prints all. */
  listed: 20,
} as const
