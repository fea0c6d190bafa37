/** A commit: one message of the log, with all events that were decided and stored together. */
import { decode, encode } from "./codec.ts"

/** An event as it is stored. */
export interface StoredEvent {
  readonly type: string
  /** The version of the event's schema it was written under. */
  readonly schema: number
  /** The plain fields. */
  readonly data: unknown
  /** The id of the command that caused it. */
  readonly command: string
  /** Absent when it is the command's own id. */
  readonly correlation?: string
  readonly causation?: string
  readonly principal?: string
  readonly traceparent?: string
  /** When it was decided, in milliseconds since 1970. */
  readonly time: number
}

/** One message of an actor's log. */
export interface Commit {
  /** How many events the actor had before this commit. */
  readonly base: number
  /** The sequences of the actor's most recent earlier commits, oldest first. */
  readonly ancestors: readonly number[]
  readonly events: readonly StoredEvent[]
}

/** A commit with its place in the log. */
export interface StoredCommit extends Commit {
  /** Its sequence in the context's stream. */
  readonly sequence: number
}

/** How many ancestors a commit names. */
export const ANCESTORS = 32

/** The ancestors of the commit that follows one with this sequence and these ancestors. */
export const nextAncestors = (ancestors: readonly number[], sequence: number): number[] =>
  ancestors.length < ANCESTORS
    ? [...ancestors, sequence]
    : [...ancestors.slice(ancestors.length - ANCESTORS + 1), sequence]

/** The bytes of a commit: MessagePack of plain maps, readable from any language. */
export const encodeCommit = ({ base, ancestors, events }: Commit): Uint8Array =>
  encode("msgpack", { base, ancestors, events })

/** Reads a commit. Throws `Malformed` when the bytes are none. */
export const decodeCommit = (bytes: Uint8Array, sequence: number): StoredCommit => {
  const { base, ancestors, events } = decode("msgpack", bytes) as Commit
  return { base, ancestors, events, sequence }
}
