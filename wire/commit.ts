/** A commit: one message of the log, with all events that were decided and stored together. */
import type { Skip } from "./skip.ts"
import { decodeOwn, encode, isCount, isMap } from "./codec.ts"
import { type AnyContract, isFailure, Malformed, messageOf } from "../contracts/internal.ts"
import { readCommitFields, writeCommit } from "./format/protobuf-commit.ts"
import { isStoredMetadata, type StoredMetadata } from "./metadata.ts"

/** An event as it is stored, with the metadata of its command. */
export interface StoredEvent extends StoredMetadata {
  readonly type: string
  /** The version of the event's schema when the event was written. */
  readonly schema: number
  /** The plain fields of the event, or `StoredProtobuf`: the contract's codec reads both. */
  readonly data: unknown
  /** The id of the command that caused it. */
  readonly command: string
  /**
   * On the first event of a command: the hash of the command's type and fields. It shows when
   * another command uses the same id. Events from earlier versions of the code do not have it.
   */
  readonly content?: number
  /** When it was decided, in milliseconds since 1970. */
  readonly time: number
  /** Present when it was imported: policies do not react to it. */
  readonly imported?: true
}

/**
 * A written refusal: this command changes nothing. It is written because an earlier try may still
 * be in flight elsewhere. From then on every try with this deadline, or an earlier one, gets the
 * same answer. Without `rejection`, there was nothing to do, or the version was not the expected
 * one.
 */
export interface Refusal {
  /** The id of the command. */
  readonly command: string
  /** The fingerprint of its content. Another command with the same id is not refused. */
  readonly content: string
  /** The deadline of its tries, in milliseconds since 1970. */
  readonly deadline: number
  /** How many events the actor had. */
  readonly version: number
  /** The sequence of the actor's last commit before it; absent if that is this commit. */
  readonly sequence?: number
  readonly rejection?: { readonly type: string; readonly data: unknown }
  /** When it was refused, in milliseconds since 1970. */
  readonly time: number
}

/** One message of an actor's log. */
export interface Commit {
  /** How many events the actor had before this commit. */
  readonly base: number
  /** The sequences of the actor's most recent earlier commits, oldest first. */
  readonly ancestors: readonly number[]
  /** Empty only if there are refusals. */
  readonly events: readonly StoredEvent[]
  readonly refusals?: readonly Refusal[]
}

/** A commit with its place in the log. */
export interface StoredCommit extends Commit {
  /** Its sequence in the context's stream. */
  readonly sequence: number
  /** Present when the commit is stepped over: its events, if any, are counted but not folded. */
  readonly skipped?: Skip
}

/** How many ancestors a commit names. */
export const ANCESTORS = 32

/** The ancestors of the next commit after one with this sequence and these ancestors. */
export const nextAncestors = (ancestors: readonly number[], sequence: number): number[] => {
  const next = ancestors.slice(Math.max(0, ancestors.length - ANCESTORS + 1))
  next.push(sequence)
  return next
}

/** A commit with its sequence. Spelled out, because a spread costs more per commit. */
export const storedAt = (
  { base, ancestors, events, refusals }: Commit,
  sequence: number,
): StoredCommit =>
  refusals ? { base, ancestors, events, refusals, sequence } : { base, ancestors, events, sequence }

/** When a commit was decided, in milliseconds since 1970. */
export const timeOfCommit = ({ events, refusals }: Commit): number =>
  events.at(-1)?.time ?? refusals?.at(-1)?.time ?? 0

/**
 * The bytes of a commit: MessagePack of plain maps, or Protobuf if its contract says so. Both are
 * readable from any language.
 */
export const encodeCommit = (commit: Commit, contract?: AnyContract): Uint8Array => {
  if (contract?.stored === "protobuf") {
    const bytes = writeCommit(contract, commit, asMsgpack)
    if (bytes) return bytes
  }
  const { base, ancestors, events, refusals } = commit
  return asMsgpack(refusals ? { base, ancestors, events, refusals } : { base, ancestors, events })
}

const asMsgpack = (plain: unknown): Uint8Array => encode("msgpack", plain)

const fromMsgpack = (bytes: Uint8Array): unknown => decodeOwn("msgpack", bytes)

/** A map in MessagePack begins above it, a commit in Protobuf below. */
const FIRST_OF_MSGPACK = 0x80

const fieldsOf = (bytes: Uint8Array): unknown => {
  if (bytes.length === 0 || bytes[0]! >= FIRST_OF_MSGPACK) return fromMsgpack(bytes)
  try {
    return readCommitFields(bytes, fromMsgpack)
  } catch (error) {
    if (isFailure(error)) throw error
    throw new Malformed({ message: `it is neither MessagePack nor Protobuf: ${messageOf(error)}` })
  }
}

const isCountOrAbsent = (value: unknown): boolean => value === undefined || isCount(value)

/** Does not check the event's fields: the contract checks them when it decodes the event. */
const isStoredEvent = (value: unknown): value is StoredEvent =>
  isMap(value) && typeof value.type === "string" && isCount(value.schema) && value.schema > 0 &&
  typeof value.command === "string" && isCountOrAbsent(value.content) && isCount(value.time) &&
  isStoredMetadata(value)

/** Whether a plain value is a refusal as it is stored. */
export const isRefusal = (value: unknown): value is Refusal =>
  isMap(value) && typeof value.command === "string" && typeof value.content === "string" &&
  isCount(value.deadline) && isCount(value.version) &&
  isCountOrAbsent(value.sequence) && isCount(value.time) &&
  (value.rejection === undefined ||
    isMap(value.rejection) && typeof value.rejection.type === "string")

const isRefusals = (value: unknown): value is readonly Refusal[] =>
  Array.isArray(value) && value.length > 0 && value.every(isRefusal)

/** Whether the ancestors are in order and before this commit, so that a walk along them ends. */
const isAncestors = (value: unknown, sequence: number): value is readonly number[] =>
  Array.isArray(value) && value.length <= ANCESTORS &&
  value.every((each, index) =>
    isCount(each) && each < sequence && (index === 0 || each > value[index - 1])
  )

const isCommit = (value: unknown, sequence: number): value is Commit =>
  isMap(value) && isCount(value.base) && isAncestors(value.ancestors, sequence) &&
  Array.isArray(value.events) && value.events.every(isStoredEvent) &&
  (value.refusals === undefined ? value.events.length > 0 : isRefusals(value.refusals))

const noCommit = (sequence: number, why = ""): Malformed =>
  new Malformed({ message: `the message at sequence ${sequence} is not a commit${why}` })

/** Reads a commit. Throws `Malformed` for a message that is not a commit of ours. */
export const decodeCommit = (bytes: Uint8Array, sequence: number): StoredCommit => {
  let value: unknown
  try {
    value = fieldsOf(bytes)
  } catch (error) {
    if (!isFailure(error)) throw error
    throw noCommit(sequence, `: ${error.message}`)
  }
  if (!isCommit(value, sequence)) throw noCommit(sequence)
  return storedAt(value, sequence)
}

/** The commit that replaces a skipped message: its events are not folded, and the chain holds. */
export const standIn = (skip: Skip, original: StoredCommit | undefined): StoredCommit => {
  const { sequence, base, ancestors, events } = skip
  // Counted events stay, so that their commands are not decided again.
  if (original && events > 0) return { ...original, skipped: skip }
  return { sequence, base, ancestors, events: [], skipped: skip }
}
