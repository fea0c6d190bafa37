/** The bounds of the write side. */

/** How much a host of actors takes on. */
export interface HostLimits {
  /** Commands that can wait for one actor; the next one is answered `Overloaded`. */
  readonly mailboxCommands: number
  /** Commands accepted and not yet answered, for all actors of the host together. */
  readonly commandsInFlight: number
  /** Commands decided in one commit. */
  readonly commandsPerCommit: number
  /** Actors kept in memory; beyond this number, those idle for longest are dropped. */
  readonly residentActors: number
  /** Memory for all actors that are kept, in bytes; an estimate. */
  readonly residentBytes: number
  /** After how many events an actor with a schema for its state gets a new snapshot. */
  readonly snapshotEvents: number
  /** How long an actor stays in memory without a command, in milliseconds. */
  readonly idleMs: number
  /** How long an append may take before its outcome counts as unknown, in milliseconds. */
  readonly appendTimeoutMs: number
  /** How often a command is decided again after conflicts before it is answered `Unavailable`. */
  readonly attempts: number
  /** The longest wait before another attempt, in milliseconds; the first waits are shorter. */
  readonly backoffMs: number
  /** How long a caller should wait after `Overloaded`, in milliseconds. */
  readonly retryAfterMs: number
  /** How many bytes refusals can take in the log. */
  readonly refusals: RefusalLimits
  /** Written refusals of one actor that still matter; past it, no caller's `retry` writes one. */
  readonly refusalsOfOneActor: number
}

/** How often the log reports commands without an inbox for their answer, in milliseconds. */
export const DROPPED_LOGGED_MS = 60_000

/** How many bytes refusals can take in the log. */
export interface RefusalRate {
  /** Bytes that can be written at once. */
  readonly burst: number
  /** Bytes that become free again in each second. */
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

/** The limits of a host that is given no others. */
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
  // At once about 20, 5,000 and 10,000 refusals of usual size; then one in 12 s, 5 and 20 a second.
  refusals: {
    noEvents: { burst: 4_096, perSecond: 16 },
    someEvents: { burst: 1_048_576, perSecond: 1_024 },
    unproven: { burst: 2_097_152, perSecond: 4_096 },
  },
  refusalsOfOneActor: 1_024,
}

/** What an actor remembers, so that a repeated command gets its first answer. */
export const REMEMBERED = {
  /** How long a command is remembered where no contract says it, in milliseconds. */
  windowMs: 86_400_000,
  /** How long a refusal matters after its deadline: by how much clocks may differ, in ms. */
  refusalMs: 120_000,
  /** How many commands are remembered at any age. */
  least: 128,
  /** The most commands that are remembered, even within the window. */
  most: 65_536,
  /** The most refusals that are remembered for one actor, those of all callers together. */
  refusals: 4_096,
} as const

/** How actors are told of that get more commands than they can remember ids of. */
export const FORGETFUL = {
  /** How many of them are known at a time. */
  actors: 1_000,
  /** How many of them health names. */
  named: 5,
  /** How long health tells of one, in milliseconds. */
  forMs: 3_600_000,
  /** How many lines the log gets in a row, and how long it then takes for one more, in ms. */
  logged: 5,
  loggedMs: 60_000,
} as const

/** The search in a log for a command of a policy that may have been carried out before. */
export const EARLIER = {
  /** By how much the clocks of nodes may differ, in milliseconds. */
  clocksApartMs: 60_000,
  /** How long the sender waits for an answer, because the search may be long, in milliseconds. */
  timeoutMs: 30_000,
} as const

/** Events of one command: as many as the idempotency window can count. */
export const COMMAND_EVENTS = 65_535

/** Bytes of the log that a written refusal takes in addition to its own. */
export const REFUSAL_BYTES = 64

/** Bytes of a message that its subject and headers take; the rest is the commit. */
export const COMMIT_HEADER_BYTES = 1_024

/** When a state that outgrows its snapshot is warned of. */
export const SNAPSHOT_WARNINGS = {
  /** The part of the largest message from which on it is warned of. */
  from: 0.8,
  /** For how many actors it is remembered that they were warned of. */
  actors: 1_000,
} as const

/** How many of the remembered commands a snapshot holds; more are read back from the log. */
export const SNAPSHOT_COMMANDS = 4_096

/** How many slices of a context a node may own, compared with the mean. */
export const SLACK = {
  /** The factor if nodes own at least `fewSlices` slices each. */
  many: 1.35,
  /** From how many slices for each node on the factor `many` applies. */
  fewSlices: 4,
  /** The factor if nodes own fewer slices; one slice is added. */
  few: 1.5,
} as const

/** When a node counts as present. */
export const MEMBERSHIP = {
  /** How long an announcement is valid, in milliseconds; a whole number of seconds. */
  ttlMs: 3_000,
  /** How often a node renews its announcement, in milliseconds. */
  renewMs: 1_000,
  /** How long a leaving node still takes commands that are sent to it by name, in milliseconds. */
  handOverMs: 250,
  /** The most nodes that are known at a time. */
  nodes: 1_024,
  /** The longest announcement that is read, in bytes. */
  announcementBytes: 16_384,
  /** How often the process log reports announcements that cannot be read. */
  warnings: { burst: 5, everyMs: 60_000 },
} as const

/** When a log is in trouble. */
export const APPENDS = {
  /** How long without an acknowledged commit until health reports it, in milliseconds. */
  silentMs: 5_000,
  /** How long a caller should wait when the server refuses to store anything, in milliseconds. */
  retryAfterMs: 10_000,
  /** The used part of the storage of NATS from which health warns. */
  nearlyFull: 0.85,
  /** How long the last answer of NATS about its storage is trusted, in milliseconds. */
  storageMs: 5_000,
} as const

/** How nodes notice that a log was lost while they run. */
export const PRESENCE = {
  /** How often the end of a log is looked at, in milliseconds. */
  everyMs: 1_000,
  /** After how many looks in a row that miss a known message a log counts as lost. */
  misses: 3,
} as const

/** How nodes watch one another. */
export const LOOKOUT = {
  /** How often nodes that have vanished are asked whether they are there, in milliseconds. */
  everyMs: 1_000,
  /** How long such a node may take to answer, in milliseconds. */
  patienceMs: 1_000,
  /** How many vanished nodes are remembered. */
  nodes: 64,
  /** How often the process log reports nodes that hang; health names all of them. */
  warnings: { burst: 5, everyMs: 60_000 },
} as const

/** How long a relaying node waits for the owner before it serves a command itself, in ms. */
export const RELAY_PATIENCE_MS = 1_500

/** How many other nodes a node asks at most for a command that needs newer code than its own. */
export const NEWER_NODES = 8

/** How many questions about states and histories a host takes on, and what one can cost. */
export const READS = {
  /** Questions that one process answers at the same time; one more is answered `Overloaded`. */
  atOnce: 8,
  /** The same for the questions about one actor. */
  ofOneActor: 4,
  /** Callers that may wait for those answers, because one answer serves all who ask the same. */
  callers: 1_024,
  /** The bytes that all callers of one shared answer get together. */
  sharedBytes: 33_554_432,
  /** The longest time spent on one question, whatever its deadline, in milliseconds. */
  longestMs: 30_000,
  /** The most events that are read for a past state, counted from the nearest kept state. */
  pastEvents: 10_000,
  /** Bytes of commits that are read for one such state, or for one page of a history. */
  bytes: 33_554_432,
  /** Bytes read concurrently for it, as estimated from the sizes of earlier commits. */
  bytesAtOnce: 2_097_152,
  /** Events on one page of a history when the caller does not set a number. */
  page: 100,
  /** The most events on one page. */
  largestPage: 1_000,
  /** After how many folded events a state is kept for later questions. */
  keptAfter: 256,
  /** The most states that are kept for later questions. */
  kept: 64,
  /** The most bytes of all kept states together; an estimate. */
  keptBytes: 16_777_216,
  /** How long a state is kept, in milliseconds. */
  keptMs: 60_000,
} as const

/** The bounds of histories that are read back, for example to wake an actor. */
export const HISTORY = {
  /** Bytes of commits held at a time, by all long reads of the process together. */
  bytes: 16_777_216,
  /** From how many bytes on a read is a long one. */
  longBytes: 1_048_576,
  /** How many long reads are under way at the same time; further ones wait. */
  longAtOnce: 4,
} as const

/** How many characters the name of a timer may have. */
export const TIMER_NAME_CHARACTERS = 1_024

/** How many messages of the log, and due timers, a policy takes on. */
export const POLICY = {
  /** Attempts of one policy that run at the same time. */
  atOnce: 256,
  /** How long a handler may take by default, in milliseconds. */
  timeLimitMs: 30_000,
  /** After which running time health names an attempt, in milliseconds. */
  slowMs: 5_000,
  /** How often work may fail by default until it is parked. */
  attempts: 10,
  /** The same where an answer says that no further attempt can help, such as `NotFound`. */
  hopelessAttempts: 8,
  /** How long failing work is tried again by default until it is parked, in milliseconds. */
  retryMs: 300_000,
  /** How long an outage is waited out by default until work is parked, in milliseconds. */
  outageMs: 86_400_000,
  /** How much work of one policy can be parked; past it, the rest is tried on and on. */
  parked: 2_000,
  /** The pause between attempts to read a followed log that is not there, in milliseconds. */
  followedMs: 1_000,
  /** The pause between looks at whether a followed log is still the one that is read. */
  followedLookMs: 5_000,
  /** After how long the list of parked work is read again, in milliseconds. */
  parkedMs: 5_000,
  /** After how long an event of newer code comes again, at first and at most, in milliseconds. */
  backMs: 100,
  backLongestMs: 3_000,
  /** After how many times it comes only so often, in milliseconds: no newer process runs. */
  backOften: 60,
  backSeldomMs: 20_000,
  /** How long an event of newer code is in nobody's hands until it counts as stuck, in ms. */
  newerMs: 60_000,
  /** How old the note of a rejection is, at least, when a start forgets it, in milliseconds. */
  notedMs: 604_800_000,
  /** How long it is still noted after what follows from it is done, in milliseconds. */
  settledMs: 10_000,
  /** How many such notes a process forgets later; past it, it forgets the first of them at once. */
  notes: 10_000,
  /** How many of them one policy forgets at the same time. */
  notesAtOnce: 32,
  /** How many old notes are looked at when a process starts. */
  notesRead: 1_000,
  /** Messages read and not done, stuck or behind one that is stuck; past it, none is read. */
  pending: 8_192,
  /** How many stuck, and how many unreadable, messages health names. */
  stuckNamed: 20,
  /** How long no process runs a policy until its recurring timers are suspended, in ms. */
  goneMs: 120_000,
  /** How long the last answer holds to whether another process runs a policy, in ms. */
  strangerMs: 5_000,
  /** Of how many policies that no process runs it is remembered since when. */
  strangers: 1_000,
  /** How many unreadable messages are counted; further ones are passed over as well. */
  unreadableKept: 10_000,
} as const

/** The bounds of a replay of a policy. */
export const REPLAY = {
  /** Messages that are read and handled at the same time. */
  atOnce: 64,
  /** Messages of one log that one replay covers. */
  messages: 1_000_000,
} as const

/** The bounds of requests to NATS: how long an answer is waited for, by what is asked. */
export const REQUESTS = {
  /** Timers and parked work, in milliseconds like those below. */
  workMs: 5_000,
  /** A snapshot: without one, the log is read from the beginning. */
  snapshotMs: 2_000,
  /** The announcement of a node, which is soon repeated. */
  announcementMs: 1_000,
  /** Whether the storage of a stream is full. */
  storageMs: 500,
  /** A read of a log: longer than it takes to elect a leader. */
  logMs: 10_000,
  /** One try of such a read, before it is sent again. */
  logTryMs: 500,
  /** Timers that are read at the same time. */
  timersAtOnce: 32,
} as const
