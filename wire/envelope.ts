/** The envelope of a command: its id, its deadline, and what else accompanies its fields. */
import { Invalid } from "../contracts/plain.ts"
import { callersCommandId, isPolicyCommandId } from "./command-id.ts"
import {
  checkToken,
  type Metadata,
  type MetadataOptions,
  readMetadata,
  writeMetadata,
} from "./metadata.ts"
import { type Claims, claimsText, type User } from "./identity/user.ts"
import { HEADER } from "./header.ts"
import type { Headers } from "./wire.ts"
import { type ExpectedVersion, readExpectedVersion } from "./expected-version.ts"
import { LONGEST_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "./limits.ts"

/** What accompanies a command. Its metadata is stored with the events that it causes. */
export interface Envelope extends Metadata {
  /** The command's id: a repeat with the same id gets the first answer and changes nothing. */
  readonly id: string
  /** The version that the actor must be at; otherwise the answer is `VersionMismatch`. */
  readonly expectedVersion?: ExpectedVersion
  /** Whether an earlier try with this id may still be under way. */
  readonly retry?: true
  /**
   * When a policy may have sent it first, in milliseconds since 1970. If it was carried out since,
   * the log shows it, even if the idempotency window has forgotten it.
   */
  readonly askedSince?: number
  /** What is known of the principal. It is not stored. */
  readonly claims?: Claims
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly deadline: number
}

/**
 * The parts of an envelope that a caller may give; the others are generated.
 *
 * ```ts
 * const options: EnvelopeOptions = { commandId: "form-17", expectedVersion: 1, timeoutMs: 2_000 }
 * await client.ask(Orders, "o-1", CancelOrder({ reason: "late" }), options)
 * ```
 */
export interface EnvelopeOptions extends MetadataOptions {
  /**
   * The content type of fields given as bytes, which are then read only in that format. Without a
   * content type, the first byte tells MessagePack from JSON.
   */
  readonly contentType?: string | undefined
  readonly commandId?: string | undefined
  /**
   * Whether a policy or a timer sends the command. Its id has a form that callers cannot use: NATS
   * lets only the user `policies` send such a command.
   */
  readonly trusted?: boolean | undefined
  /**
   * The version that the actor must be at; otherwise the answer is `VersionMismatch`. A text is a
   * condition: `"*"` an actor with events, `"!*"` one without, `"1,2"` one of these versions, and
   * `"!3"` any but this one.
   */
  readonly expectedVersion?: number | string | undefined
  /**
   * Whether a command with this id was sent before and its outcome is not known. A refusal then
   * also rules out the earlier attempt, at the cost of a write instead of a read. A client knows
   * its own attempts. Say it for those of another client, or of a process that has ended. Ignored
   * without a command id.
   */
  readonly retry?: boolean | undefined
  /**
   * When this command may have been sent first, in milliseconds since 1970. Only for `trusted`
   * commands: the actor looks for it in its log since then.
   */
  readonly askedSince?: number | undefined
  /** What is known of the principal; only with a principal. Rules and `decide` can read it. */
  readonly claims?: Claims | undefined
  /** How long the caller waits, in milliseconds. */
  readonly timeoutMs?: number | undefined
}

const RETRY_VALUE = "true"

const wholeNumber = (header: string, text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Invalid({ message: `${header} must be a whole number, 0 or more` })
}

/** How long a caller waits, in milliseconds. Throws `Invalid` below 0 or above a day. */
export const timeoutOf = ({ timeoutMs = REQUEST_TIMEOUT_MS }: EnvelopeOptions): number => {
  if (timeoutMs >= 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs
  throw new Invalid({ message: `timeoutMs must be 0 to ${LONGEST_TIMEOUT_MS} milliseconds` })
}

/** The header that says when a caller stops waiting. */
export const deadlineOf = (now: number, timeoutMs: number): string =>
  String(Math.ceil(now + timeoutMs))

/** The headers for a caller's options. Throws `Invalid` for a value that cannot be in a header. */
export const writeEnvelope = (options: EnvelopeOptions, now: number): Record<string, string> => {
  const { commandId } = options
  const headers: Record<string, string> = {
    [HEADER.id]: commandId === undefined ? crypto.randomUUID() : checkToken(HEADER.id, commandId),
    [HEADER.deadline]: deadlineOf(now, timeoutOf(options)),
  }
  if (options.contentType !== undefined) headers[HEADER.contentType] = options.contentType
  writeMetadata(options, headers)
  if (options.claims !== undefined && options.principal !== undefined) {
    headers[HEADER.claims] = claimsText(options.claims)
  }
  if (options.expectedVersion !== undefined) {
    headers[HEADER.expectedVersion] = String(
      readExpectedVersion(HEADER.expectedVersion, String(options.expectedVersion)),
    )
  }
  if (options.askedSince !== undefined) headers[HEADER.askedSince] = String(options.askedSince)
  if (options.retry && commandId !== undefined) headers[HEADER.retry] = RETRY_VALUE
  return headers
}

/** The same headers with the mark that an earlier try may still be under way. */
export const asRetry = (headers: Headers): Headers => ({ ...headers, [HEADER.retry]: RETRY_VALUE })

/** Marks these headers: the sender itself asks another node when this one is silent. */
export const markOwnFailover = (headers: Record<string, string>): Record<string, string> => {
  headers[HEADER.failover] = "sender"
  return headers
}

type WritableEnvelope = { -readonly [Name in keyof Envelope]: Envelope[Name] }

/** Notes who has sent a command, as it was verified. */
export const speakFor = (envelope: Envelope, { id, claims }: User): void => {
  const writable: WritableEnvelope = envelope
  writable.principal = id
  writable.claims = claims
}

/** The id of a command. A caller's id is changed if it has the form of a policy's. */
const idIn = (headers: Headers, trusted: boolean): string => {
  const given = headers[HEADER.id]
  if (given === undefined) {
    if (!trusted) return crypto.randomUUID()
    throw new Invalid({ message: `${HEADER.id} is missing: a policy's command always has an id` })
  }
  const id = checkToken(HEADER.id, given)
  if (!trusted) return callersCommandId(id)
  if (isPolicyCommandId(id)) return id
  throw new Invalid({ message: `${HEADER.id} must be that of a policy on a subject of policies` })
}

/**
 * The envelope in these headers. A missing id or deadline is generated. Only a trusted command may
 * have the id of a policy. A deadline beyond the longest timeout is brought nearer. Throws
 * `Invalid`.
 */
export const readEnvelope = (headers: Headers, now: number, trusted = false): Envelope => {
  const id = idIn(headers, trusted)
  const deadline = headers[HEADER.deadline]
  const envelope: WritableEnvelope = {
    id,
    correlation: id,
    deadline: deadline === undefined
      ? now + REQUEST_TIMEOUT_MS
      : Math.min(wholeNumber(HEADER.deadline, deadline), now + LONGEST_TIMEOUT_MS),
  }
  readMetadata(headers, envelope)
  const expected = headers[HEADER.expectedVersion]
  if (expected !== undefined) {
    envelope.expectedVersion = readExpectedVersion(HEADER.expectedVersion, expected)
  }
  const since = trusted ? headers[HEADER.askedSince] : undefined
  if (since !== undefined) envelope.askedSince = wholeNumber(HEADER.askedSince, since)
  // A generated id was never tried before.
  if (headers[HEADER.retry] === RETRY_VALUE && headers[HEADER.id] !== undefined) {
    envelope.retry = true
  }
  return envelope
}
