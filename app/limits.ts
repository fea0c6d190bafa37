/** The limits of this room: durations and intervals. */

/** Limits of the gateway's look at the health of all roles. */
export const READINESS = {
  /** How long each role has to answer, in milliseconds. */
  withinMs: 1_000,
  /** How long the answers of the roles are reused for further requests, in milliseconds. */
  keptMs: 250,
  /** How old the last folded message of a view that is behind may be, in milliseconds. */
  lateMs: 60_000,
} as const

/** The wait for an application to come to rest. */
export const SETTLING = {
  /** The most time in all, in milliseconds. */
  mostMs: 60_000,
  /** How long policies may make no progress in memory, in milliseconds. */
  standstillMs: 3_000,
  /** The same on servers, where an ask can be tried again after a pause. */
  standstillOnServersMs: 10_000,
  /** The pause between two looks at servers, in milliseconds. */
  pauseMs: 10,
  /** How many stuck asks a message names. */
  named: 5,
} as const

/** How soon a program ends that has nothing to do, in milliseconds. */
export const IDLE_PROGRAM_MS = 2_000

/** How long requests in flight have when a gateway stops, in milliseconds. */
export const GRACE_MS = 20_000

/** How long a program's gateway takes requests after SIGTERM, in milliseconds. */
export const DRAIN_MS = 3_000

/** The longest time that either can be set to, in seconds. */
export const LONGEST_STOP_S = 3_600

/** How many positions of policies that are gone one message names. */
export const POSITIONS_NAMED = 5

/** Requests to JetStream's API. */
export const JETSTREAM = {
  /** How long a server has to answer a request, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a request is repeated while no server takes it, as in an election, in ms. */
  electionMs: 10_000,
  /** The pause between two such attempts, in milliseconds. */
  pauseMs: 250,
  /** How long streams are waited for while the servers of a cluster find each other, in ms. */
  formingMs: 30_000,
} as const

/** The development loop. */
export const LOOP = {
  /** How long no further file may change before the application is started again, in ms. */
  settleMs: 40,
} as const

/** The files that the development loop watches. */
export const WATCHED = {
  /** The most folders. Each takes one of the system's watches. */
  folders: 1_000,
} as const

/** The first screen of an application under development. */
export const SCREEN = {
  /** The most routes that are listed. */
  routes: 16,
  /** The most lines of requests to commands. */
  requests: 6,
} as const

/** The bounds of checking schemas. */
export const SCHEMA = {
  /** Values that are generated for a schema; the others are made from these. */
  generated: 240,
  /** Effect's scale of complexity for most of these values, and for a quarter of them. */
  smallSize: 6,
  largeSize: 20,
  /** The first and the richest of these values, each place of which is moved to the boundaries. */
  basesAtBounds: 6,
  /** After so many attempts without a new value, the search for further ones ends. */
  stale: 600,
  /** The most numbers, and the most texts, that are taken from schemas. */
  hints: 40,
  /** The longest text and the longest list that are made, in characters and items. */
  longest: 20_000,
  items: 1_001,
  /** The most places of a value that are changed. */
  places: 400,
  /** The most states of an actor or a projection that events are tried in. */
  states: 12,
  /** Values of today that are tried to learn what fits in a state. */
  today: 200,
  /** The most findings for one version of a message. */
  findings: 8,
  /** Golden values of each version, the bytes that they should take, and how they are made. */
  golden: 20,
  goldenBytes: 1_400,
  goldenSeed: 20_260,
  goldenSize: 2,
  /** Histories of golden values whose results are recorded, and the events of each. */
  histories: 8,
  historyEvents: 12,
  /** Messages of a log that are taken at once, and the most findings in a sample. */
  readsAtOnce: 500,
  sampled: 100,
  /** How long a log may give no message while there should be more, in milliseconds. */
  silenceMs: 30_000,
  /** The versions that are counted by name, and the first events of each that are tried. */
  versions: 10_000,
  ofEachVersion: 20,
  /** The actors whose own histories are folded, the events of each, and how many at once. */
  ownHistories: 200,
  ownEvents: 500,
  historiesAtOnce: 8,
  /** The most attempts to make a value smaller. */
  shrinks: 2_000,
} as const
