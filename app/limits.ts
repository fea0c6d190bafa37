/** The limits of this room: how long, how often and how much. */

/** What a gateway says of all roles. */
export const READINESS = {
  /** How long each role may take to answer, in milliseconds. */
  withinMs: 1_000,
  /** How long the answers of the roles are reused for further requests, in milliseconds. */
  keptMs: 250,
} as const

/** Requests to JetStream's API. */
export const JETSTREAM = {
  /** How long a server may work on an answer, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a request is repeated while no server takes it, as in an election, in ms. */
  electionMs: 10_000,
  /** The pause between two such tries, in milliseconds. */
  pauseMs: 250,
} as const
