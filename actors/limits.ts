/** The bounds of the write side. */

/** How much a host of actors takes on. */
export interface HostLimits {
  /** Commands waiting for one actor; one more is answered `Overloaded`. */
  readonly mailboxCommands: number
  /** Commands taken on and not yet answered, over all actors of the host. */
  readonly commandsInFlight: number
  /** Commands decided in one commit. */
  readonly commandsPerCommit: number
  /** Actors kept in memory; past it, those idle for longest leave. */
  readonly residentActors: number
  /** What the actors in memory may take together, in bytes, as far as that can be estimated. */
  readonly residentBytes: number
  /** After how many events an actor with a schema for its state gets a new snapshot. */
  readonly snapshotEvents: number
  /** How long an actor stays in memory without a command, in milliseconds. */
  readonly idleMs: number
  /** How long an append may take before its outcome counts as unknown, in milliseconds. */
  readonly appendTimeoutMs: number
  /** How often a command is decided anew after conflicts before it is answered `Unavailable`. */
  readonly attempts: number
  /** The longest wait before the next of many attempts, in milliseconds; the first are shorter. */
  readonly backoffMs: number
  /** When a caller that was answered `Overloaded` should come back, in milliseconds. */
  readonly retryAfterMs: number
}

/** The bounds when none are given. */
export const HOST_LIMITS: HostLimits = {
  mailboxCommands: 8_192,
  commandsInFlight: 16_384,
  commandsPerCommit: 1_024,
  residentActors: 100_000,
  residentBytes: 512 * 1_048_576,
  snapshotEvents: 100,
  idleMs: 60_000,
  appendTimeoutMs: 1_000,
  attempts: 16,
  backoffMs: 200,
  retryAfterMs: 500,
}

/** The window in which a repeated command gets its first answer. */
export const REMEMBERED = {
  /** Everything younger than this is remembered, in milliseconds, … */
  windowMs: 120_000,
  /** … at least this many commands whatever their age, … */
  least: 128,
  /** … and never more than this many. */
  most: 65_536,
  /** How many refusals of one actor are remembered at most. */
  refusals: 4_096,
} as const

/** Events of one command: as many as its remembrance can count. */
export const COMMAND_EVENTS = 65_535

/** Bytes of a message that are not the commit: subject and headers. */
export const COMMIT_HEADER_BYTES = 1_024

/** How many of the remembered commands a snapshot holds; more are read back from the log. */
export const SNAPSHOT_COMMANDS = 4_096

/** How much more than the mean a node may own of a context. */
export const SLACK = {
  /** As a factor, … */
  many: 1.35,
  /** … where nodes own at least this many slices each; … */
  fewSlices: 4,
  /** … as a factor, and one slice more, where they own fewer. */
  few: 1.5,
} as const

/** When nodes are there, and when they are not. */
export const MEMBERSHIP = {
  /** For how long an announcement holds, in milliseconds; whole seconds. */
  ttlMs: 3_000,
  /** How often a node renews its announcement, in milliseconds. */
  renewMs: 1_000,
  /** How long a leaving node still takes what is sent to it as an owner, in milliseconds. */
  handOverMs: 250,
  /** How many nodes are known at most. */
  nodes: 1_024,
  /** The longest announcement that is read, in bytes. */
  announcementBytes: 16_384,
  /** How many lines the log has of announcements that cannot be read. */
  warnings: { burst: 5, everyMs: 60_000 },
} as const

/** How long the owner of an actor may take before the relaying node serves a command itself. */
export const RELAY_PATIENCE_MS = 1_500

/** How much of the log, and of the timers that are due, a policy takes on. */
export const POLICY = {
  /** Messages handled side by side. */
  atOnce: 256,
  /** Messages that are not done, be they stuck or behind one that is; past it, none is read. */
  pending: 8_192,
  /** How many of those that are stuck are named in health. */
  stuckNamed: 20,
} as const
