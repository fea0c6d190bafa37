/** Limits of the console. */

/** What one console serves, and to how many. */
export const CONSOLE = {
  /** Where it listens. */
  port: 4280,
  /** Bytes of one question, such as the fields of a command. */
  questionBytes: 1_048_576,
  /** How long its body may take, in milliseconds. */
  bodyMs: 10_000,
  /** Questions that are answered at the same time; one more gets 429. */
  atOnce: 32,
  /** Streams of live figures at the same time. */
  streams: 64,
  /** How often live figures are read and sent, in milliseconds. */
  liveMs: 1_000,
  /** Bytes that a stream's client may leave unread before it is ended. */
  unreadBytes: 1_048_576,
  /** Characters of a token, at least. */
  tokenCharacters: 16,
} as const

/** What an overview, a list of actors and a description read. */
export const READ = {
  /** How long instances of services have to answer, in milliseconds. */
  gatherMs: 250,
  /** Instances whose statistics are added up. */
  instances: 1_000,
  /** Actors on a list. */
  actors: 100,
  /** Actors that are looked through for a part of an id. */
  searched: 200_000,
  /** The latest commits of a context from which it is learnt who sends what. */
  senders: 500,
  /** Drifted rows that a comparison lists. */
  drifted: 100,
} as const
