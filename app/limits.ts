/** The limits of this room: durations and intervals. */

/** Limits of the gateway's look at the health of all roles. */
export const READINESS = {
  /** How long each role has to answer, in milliseconds. */
  withinMs: 1_000,
  /** How long the answers of the roles are reused for further requests, in milliseconds. */
  keptMs: 250,
} as const

/** How long requests in flight have when a gateway stops, in milliseconds. */
export const GRACE_MS = 20_000

/** How long a program's gateway takes requests after SIGTERM, in milliseconds. */
export const DRAIN_MS = 3_000

/** The longest time that either can be set to, in seconds. */
export const LONGEST_STOP_S = 3_600

/** Requests to JetStream's API. */
export const JETSTREAM = {
  /** How long a server has to answer a request, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a request is repeated while no server takes it, as in an election, in ms. */
  electionMs: 10_000,
  /** The pause between two such attempts, in milliseconds. */
  pauseMs: 250,
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
