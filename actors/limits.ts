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
  /** How often a command is decided again after conflicts before it is answered `Unavailable`. */
  readonly attempts: number
  /** The longest wait before the next of many attempts, in milliseconds; the first are shorter. */
  readonly backoffMs: number
  /** When a caller that was answered `Overloaded` should come back, in milliseconds. */
  readonly retryAfterMs: number
  /** How much of the log refusals may take. */
  readonly refusals: RefusalLimits
  /** Written refusals of one actor that still matter; past it, no caller's `retry` writes one. */
  readonly refusalsOfOneActor: number
}

/** How many bytes refusals may take of the log. */
export interface RefusalRate {
  /** At once, … */
  readonly burst: number
  /** … and how much of that comes back in a second. */
  readonly perSecond: number
}

/** How many bytes of refusals one process writes to the log. */
export interface RefusalLimits {
  /** For callers that say `retry` to an actor that has no events. */
  readonly noEvents: RefusalRate
  /** For callers that say `retry` to an actor that has events. */
  readonly someEvents: RefusalRate
  /** Where a read proves nothing, because the log may have another leader by now. */
  readonly unproven: RefusalRate
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
  // About 20, 5,000 and 10,000 refusals of usual size; then one in 12 seconds, 5 and 20 a second.
  refusals: {
    noEvents: { burst: 4_096, perSecond: 16 },
    someEvents: { burst: 1_048_576, perSecond: 1_024 },
    unproven: { burst: 2_097_152, perSecond: 4_096 },
  },
  refusalsOfOneActor: 1_024,
}

/** The window in which a repeated command gets its first answer. */
export const REMEMBERED = {
  /** Everything younger than this is remembered, in milliseconds, … */
  windowMs: 120_000,
  /** … at least this many commands whatever their age, … */
  least: 128,
  /** … and never more than this many. */
  most: 65_536,
  /**
   * The most refusals that are remembered for one actor, no matter which caller wanted them
   * written.
   */
  refusals: 4_096,
} as const

/** Events of one command: as many as the idempotency window can count. */
export const COMMAND_EVENTS = 65_535

/** Bytes of the log that a refusal takes besides its own. */
export const REFUSAL_BYTES = 64

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

/** When a node counts as present. */
export const MEMBERSHIP = {
  /** For how long an announcement holds, in milliseconds; whole seconds. */
  ttlMs: 3_000,
  /** How often a node renews its announcement, in milliseconds. */
  renewMs: 1_000,
  /** How long a leaving node still takes commands that are sent to it by name, in milliseconds. */
  handOverMs: 250,
  /** How many nodes are known at most. */
  nodes: 1_024,
  /** The longest announcement that is read, in bytes. */
  announcementBytes: 16_384,
  /** How many lines the log has of announcements that cannot be read. */
  warnings: { burst: 5, everyMs: 60_000 },
} as const

/** When a log is in trouble. */
export const APPENDS = {
  /** How long no commit is acknowledged before health and the log say so, in milliseconds. */
  silentMs: 5_000,
  /** When to ask again where the server refuses to store anything, in milliseconds. */
  retryAfterMs: 10_000,
  /** Which part of the storage of NATS may be used before health warns. */
  nearlyFull: 0.85,
  /** How long what NATS said of its storage is believed, in milliseconds. */
  storageMs: 5_000,
} as const

/** How nodes watch one another. */
export const LOOKOUT = {
  /** How often nodes that have vanished are asked whether they are there, in milliseconds. */
  everyMs: 1_000,
  /** How long such a node may take to answer, in milliseconds. */
  patienceMs: 1_000,
  /** How many vanished nodes are remembered. */
  nodes: 64,
} as const

/** How long the owner of an actor may take before the relaying node serves a command itself. */
export const RELAY_PATIENCE_MS = 1_500

/** How much reading of states and histories a host takes on. */
export const READS = {
  /** Questions that one process answers at the same time; one more is answered `Overloaded`. */
  atOnce: 8,
  /** The same for the questions about one actor. */
  ofOneActor: 4,
  /** Callers that may wait for those answers, because one answer serves all who ask the same. */
  callers: 1_024,
  /** The bytes that all callers of one shared answer get together. */
  sharedBytes: 33_554_432,
  /** How long one question is worked on at most, whatever its deadline, in milliseconds. */
  longestMs: 30_000,
  /** Events that are folded or looked at for a past state, beyond the nearest state kept of it. */
  pastEvents: 10_000,
  /** Bytes of commits that are read for one such state, or for one page of a history. */
  bytes: 33_554_432,
  /** Bytes that are read side by side for it, as far as the sizes of earlier commits tell. */
  bytesAtOnce: 2_097_152,
  /** Events on one page of a history, when the caller does not say, and at most. */
  page: 100,
  largestPage: 1_000,
  /** After how many folded events the state is kept for the next question. */
  keptAfter: 256,
  /** States that are kept for the next question at most, … */
  kept: 64,
  /** … their bytes together, as far as these can be estimated, … */
  keptBytes: 16_777_216,
  /** … and for how long each of them, in milliseconds. */
  keptMs: 60_000,
} as const

/** Bytes of commits that reading a history back, as to wake an actor, holds at the same time. */
export const HISTORY_BYTES = 16_777_216

/** How many characters the name of a timer may have. */
export const TIMER_NAME_CHARACTERS = 1_024

/** How much of the log, and of the timers that are due, a policy takes on. */
export const POLICY = {
  /** Messages handled side by side. */
  atOnce: 256,
  /** Messages read and not done, stuck or behind one that is stuck; past it, none is read. */
  pending: 8_192,
  /** How many of those that are stuck, or cannot be read, are named in health. */
  stuckNamed: 20,
  /** How many messages that cannot be read are told apart; more are passed over all the same. */
  unreadableKept: 10_000,
} as const
