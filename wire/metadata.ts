/**
 * Metadata: who set something in motion, on whose behalf, and what led to it. It travels from a
 * command's headers to its stored events, and from there to every handler. Only this file names its
 * members, so a new member is added here and nowhere else.
 */
import { Invalid } from "../contracts/plain.ts"
import type { Headers } from "./wire.ts"
import { BAGGAGE_CHARACTERS, TOKEN, TOKEN_CHARACTERS, TRACE_STATE_CHARACTERS } from "./limits.ts"

/** What led to a command, and so to the events that it causes. */
export interface Metadata {
  /** Shared by everything that one request from outside sets in motion. */
  readonly correlation: string
  /** The id of the command, or the position of the event, that this follows from. */
  readonly causation?: string
  /**
   * On whose behalf, as verified by a process of the system. That process seals it with one of the
   * system's keys, which a client would need too.
   */
  readonly principal?: string
  /** The W3C trace context, passed through as it came; absent if it is malformed. */
  readonly traceparent?: string
  /** The W3C trace state of that context, up to 512 characters; absent if it is malformed. */
  readonly tracestate?: string
  /** The W3C baggage, up to 1,024 characters; absent if it is malformed. */
  readonly baggage?: string
}

/** The name of a member of metadata. */
type Name = keyof Metadata

/** Metadata as a caller gives it: every member is optional. */
export type MetadataOptions = { readonly [N in Name]?: Metadata[N] | undefined }

/** Metadata as an event stores it: without a correlation that is the id of its own command. */
export type StoredMetadata = { readonly [N in Name]?: NonNullable<Metadata[N]> }

/** An object that metadata is written into. */
type Into = { -readonly [N in Name]?: NonNullable<Metadata[N]> }

/** The header of each member. */
export const METADATA_HEADER = {
  correlation: "Leftfold-Correlation-Id",
  causation: "Leftfold-Causation-Id",
  principal: "Leftfold-Principal",
  traceparent: "traceparent",
  tracestate: "tracestate",
  baggage: "baggage",
} as const satisfies { readonly [N in Name]-?: string }

/** The names of all members, in the order in which they are written and stored. */
export const METADATA_NAMES = Object.keys(METADATA_HEADER) as readonly Name[]

/** The members that a caller from outside may give. A principal is verified by other means. */
export const FROM_OUTSIDE = METADATA_NAMES.filter((name) => name !== "principal")

/** A header's value. Throws `Invalid` unless it is 1 to 256 printable characters, no space. */
export const checkToken = (header: string, value: string): string => {
  if (TOKEN.test(value)) return value
  throw new Invalid({ message: `${header} must be 1 to 256 printable characters without spaces` })
}

/** The trace, the parent and the flags of a W3C trace context. */
const PARTS = "(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"

/** A trace context: its version, and its parts. A later version can have more behind these. */
const TRACE = new RegExp(`^(?:00-${PARTS}|(?!00|ff)[0-9a-f]{2}-${PARTS}(?:-[!-~]*)?)$`)

/**
 * Whether this is a trace context. One that is not is left out, as W3C says: who sends it is often
 * a proxy on the way, and a command is no worse for it.
 */
const isTrace = (value: string): boolean => value.length <= TOKEN_CHARACTERS && TRACE.test(value)

/** One entry of a trace state: a key of one system, and what that system keeps there. */
const STATE_ENTRY = "[a-z0-9][a-z0-9_\\-*/@]{0,255}=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]"

/** Up to 32 entries. */
const STATE = new RegExp(`^${STATE_ENTRY}(?:[ \t]{0,8},[ \t]{0,8}${STATE_ENTRY}){0,31}$`)

/** One entry of baggage: a token, and a value that may have properties behind semicolons. */
const BAGGAGE_ENTRY = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+[ \t]{0,8}=[!-+\\--~ \t]*"

/** Up to 64 entries. */
const BAGGAGE = new RegExp(`^${BAGGAGE_ENTRY}(?:,[ \t]{0,8}${BAGGAGE_ENTRY}){0,63}$`)

const isState = (value: string): boolean =>
  value.length <= TRACE_STATE_CHARACTERS && STATE.test(value)

const isBaggage = (value: string): boolean =>
  value.length <= BAGGAGE_CHARACTERS && BAGGAGE.test(value)

// Members are copied one by one where every command or event passes: a loop takes three times as
// long.

/** Copies every member but the correlation, which is never absent. */
const copyOthers = (
  { causation, principal, traceparent, tracestate, baggage }: MetadataOptions,
  into: Into,
): void => {
  if (causation !== undefined) into.causation = causation
  if (principal !== undefined) into.principal = principal
  if (traceparent !== undefined) into.traceparent = traceparent
  if (tracestate !== undefined) into.tracestate = tracestate
  if (baggage !== undefined) into.baggage = baggage
}

/**
 * Reads the members that have a header into an envelope. A malformed trace context, trace state
 * or baggage is ignored.
 * Throws `Invalid` for any other member that is malformed.
 */
export const readMetadata = (headers: Headers, into: Into): void => {
  const correlation = headers[METADATA_HEADER.correlation]
  if (correlation !== undefined) {
    into.correlation = checkToken(METADATA_HEADER.correlation, correlation)
  }
  const causation = headers[METADATA_HEADER.causation]
  if (causation !== undefined) into.causation = checkToken(METADATA_HEADER.causation, causation)
  const principal = headers[METADATA_HEADER.principal]
  if (principal !== undefined) into.principal = checkToken(METADATA_HEADER.principal, principal)
  const trace = headers[METADATA_HEADER.traceparent]
  if (trace !== undefined && isTrace(trace)) {
    into.traceparent = trace
    // Without the context that it belongs to, a state says nothing.
    const state = headers[METADATA_HEADER.tracestate]
    if (state !== undefined && isState(state)) into.tracestate = state
  }
  const baggage = headers[METADATA_HEADER.baggage]
  if (baggage !== undefined && isBaggage(baggage)) into.baggage = baggage
}

const put = (headers: Record<string, string>, name: string, value: string | undefined): void => {
  if (value !== undefined) headers[name] = checkToken(name, value)
}

/**
 * Writes a header for each member that is given, but none for a malformed trace context. Throws
 * `Invalid` for any other member that cannot be a header.
 */
export const writeMetadata = (options: MetadataOptions, headers: Record<string, string>): void => {
  put(headers, METADATA_HEADER.correlation, options.correlation)
  put(headers, METADATA_HEADER.causation, options.causation)
  put(headers, METADATA_HEADER.principal, options.principal)
  const { traceparent: trace, tracestate: state, baggage } = options
  if (trace !== undefined && isTrace(trace)) {
    headers[METADATA_HEADER.traceparent] = trace
    if (state !== undefined && isState(state)) headers[METADATA_HEADER.tracestate] = state
  }
  if (baggage !== undefined && isBaggage(baggage)) headers[METADATA_HEADER.baggage] = baggage
}

/** Writes the metadata of a command into the event that stores it. */
export const storeMetadata = (of: Metadata, commandId: string, into: Into): void => {
  if (of.correlation !== commandId) into.correlation = of.correlation
  copyOthers(of, into)
}

/** Copies a stored event's metadata to `into`, whose correlation is its command id until then. */
export const recallMetadata = (stored: StoredMetadata, into: Into): void => {
  if (stored.correlation !== undefined) into.correlation = stored.correlation
  copyOthers(stored, into)
}

const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === "string"

/** Whether each member of a stored event is a text or absent. */
export const isStoredMetadata = (value: { readonly [N in Name]?: unknown }): boolean =>
  isTextOrAbsent(value.correlation) && isTextOrAbsent(value.causation) &&
  isTextOrAbsent(value.principal) && isTextOrAbsent(value.traceparent) &&
  isTextOrAbsent(value.tracestate) && isTextOrAbsent(value.baggage)

/** The metadata of what follows from an event: the event's own, with its position as the cause. */
export const followingMetadata = (event: Metadata, position: string): Metadata => {
  const following = { correlation: event.correlation, causation: position }
  copyOthers(event, following)
  following.causation = position
  return following
}

/** The trace context and state in the headers of a request; malformed ones are left out. */
export const checkedTrace = (
  headerOf: (name: string) => string | undefined,
): Pick<MetadataOptions, "traceparent" | "tracestate"> => {
  const trace = headerOf(METADATA_HEADER.traceparent)
  if (trace === undefined || !isTrace(trace)) return {}
  const state = headerOf(METADATA_HEADER.tracestate)
  return {
    traceparent: trace,
    tracestate: state !== undefined && isState(state) ? state : undefined,
  }
}

/** The metadata in the headers of a request from outside. Nothing is checked yet. */
export const metadataFromOutside = (
  headerOf: (name: string) => string | undefined,
): MetadataOptions =>
  Object.fromEntries(FROM_OUTSIDE.map((name) => [name, headerOf(METADATA_HEADER[name])]))
