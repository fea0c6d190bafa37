/** The bounds of imports and exports. */

import { SLICES } from "../../wire/internal.ts"

/** The bounds of an import. */
export const IMPORT = {
  /** The longest line, in bytes. */
  lineBytes: 1_048_576,
  /** How many lines are in work at the same time, and how many bytes they have together. */
  lines: 5_000,
  bytes: 16_777_216,
  /** How many actors are written at the same time. */
  actors: 256,
  /** How many events one commit holds, and how many bytes, unless it is a single event. */
  commitEvents: 500,
  commitBytes: 262_144,
  /** Of how many actors the end of the log is remembered. */
  remembered: 100_000,
  /** How many wrong or rejected lines are named; all are counted. */
  named: 100,
  /** How often one commit is tried when its outcome is unknown or another writer was faster. */
  tries: 20,
  /** The pause before such a try, in milliseconds. */
  pauseMs: 100,
  /** How long one append or command is waited for, in milliseconds. */
  timeoutMs: 10_000,
  /** How far in the future the time of an event may be, in milliseconds. */
  futureMs: 60_000,
} as const

/** The bounds of an export. */
export const EXPORT = {
  /** How many messages are read at once. */
  messages: 500,
} as const

/** The bounds of a move. */
export const MOVE = {
  /** How many slices the logs of a kind of actor have. */
  slices: SLICES,
  /** How many actors are moved at the same time. */
  actors: 32,
  /** How long one append is waited for, in milliseconds. */
  timeoutMs: 10_000,
  /** How often one append is tried when its outcome is unknown. */
  tries: 20,
  /** The pause before such a try, in milliseconds. */
  pauseMs: 100,
  /** How many actors that cannot be moved are named; all are counted. */
  named: 100,
} as const

/** The bounds of a list of ids. */
export const IDS = {
  /** How many slices are asked for at the same time. */
  slices: 8,
  /** How long one answer is waited for, in milliseconds. */
  timeoutMs: 30_000,
} as const
