/** Limits of what commands print. */

/** How much of a list is printed. The rest is counted. */
export const LISTED = {
  /** Parked events of each generation, and the bytes of their keys and errors. */
  parked: { events: 1_000, bytes: 4_194_304 },
  /** Parked events and timers of policies. */
  works: 1_000,
  /** Messages that cannot be read. */
  unreadable: 1_000,
  /** Characters of a reason in a table; `--json` prints the whole reason. */
  whyCharacters: 300,
  /** The causes of a value that are listed; `--json` lists all. */
  causes: 20,
  /** Details of one role in the table of `health`; `--json` prints all. */
  details: 50,
} as const

/** How the command line waits for a process that takes up parked work of a policy. */
export const RETRY = {
  /** How long, in milliseconds. */
  withinMs: 45_000,
  /** The pause between two looks, in milliseconds. */
  lookMs: 100,
  /** How long roles have to say whether they run, in milliseconds. */
  askMs: 2_000,
} as const

/** What a look at a replay reads and shows, before anything is replayed. */
export const REPLAYED = {
  /** Messages of the log that it reads; the rest is counted as not looked at. */
  messages: 100_000,
  /** Messages that are read at the same time. */
  atOnce: 64,
  /** Events that it lists; the others are counted. */
  listed: 20,
  /** Events that it lists as JSON. */
  listedAsJson: 1_000,
  /** How long a replay is waited for, in milliseconds. */
  withinMs: 3_600_000,
} as const

/** How a simulation is run. */
export const SIMULATED = {
  /** Seeds that are run without --seeds. */
  seeds: 10_000,
  /** The fewest seeds that are worth a process of their own. */
  seedsOfPart: 500,
  /** How often a process tells its progress, in milliseconds. */
  progressMs: 250,
  /** Things never reached that are listed; --json lists all. */
  listed: 12,
} as const
