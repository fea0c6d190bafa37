/** The wire: a port that carries bytes from a caller to the server of a subject, and back. */

import type { Names } from "./format/names.ts"

/** Headers by name, each name once. Line breaks in a value are sent as spaces. */
export type Headers = { readonly [name: string]: string }

/** A message that has arrived. */
export interface Incoming {
  readonly subject: string
  readonly payload: Uint8Array
  readonly headers: Headers
  /** The subject at which an answer is awaited; empty when none is. */
  readonly reply: string
  /**
   * Answers, if an answer is awaited at an inbox; any other reply subject is refused and counted.
   * Never throws; an answer that is too large is lost.
   */
  readonly respond: (payload: Uint8Array, headers?: Headers) => void
}

/** How a request ended. After `timeout` or `disconnected` it may still have been received. */
export type Reply =
  | { readonly type: "reply"; readonly payload: Uint8Array; readonly headers: Headers }
  | { readonly type: "no-responders" | "timeout" | "disconnected" | "too-large" }

/** The reply of a request that was answered. */
export type Answered = Extract<Reply, { readonly type: "reply" }>

/** Something that goes on until it is closed. */
export interface Serving {
  readonly close: () => void
}

/** A subject that is served until it is closed or drained. */
export interface Served extends Serving {
  /**
   * Receives nothing new. Resolves when all messages that were already on their way have been
   * handed over, or soon after the connection is lost.
   */
  readonly drain: () => Promise<void>
}

/**
 * Request and reply by subject. Nothing is queued while the wire is disconnected: a request then
 * fails at once. Requests in flight fail as `disconnected`, even if they have arrived.
 */
export interface Wire {
  /** How subjects and streams are called on NATS. Callers of a wire use the names in the code. */
  readonly names: Names
  /**
   * Sends a request. `done` is called exactly once, and never within this call. An invalid subject,
   * such as a text with spaces, has no responders.
   */
  readonly request: (
    subject: string,
    payload: Uint8Array,
    headers: Headers,
    timeoutMs: number,
    done: (reply: Reply) => void,
  ) => void
  /** Sends to all subscribers, if any. A message that is too large is reported and not sent. */
  readonly publish: (subject: string, payload: Uint8Array, reply?: string) => void
  /**
   * Receives the messages to a subject. In a queue, one subscription receives each message. Errors
   * that the handler throws are reported and go no further.
   */
  readonly serve: (
    subject: string,
    handler: (message: Incoming) => void,
    queue?: string,
  ) => Served
  /** A subject that nobody else uses, for a call of `serve`. */
  readonly inbox: () => string
  readonly connected: () => boolean
  /** Whether `close` was called. Such a wire never connects again. */
  readonly closed: () => boolean
  /** How many answers were refused since the start because their reply subject is not an inbox. */
  readonly refusedReplies: () => number
  /** The largest message that can be sent, in bytes. */
  readonly maxPayload: () => number
  /** Calls back at every change between connected and disconnected. */
  readonly onStatus: (listener: (connected: boolean) => void) => Serving
  /** Sends what is still queued, then ends. Requests in flight then fail as `disconnected`. */
  readonly close: () => Promise<void>
}

/** No headers. */
export const NO_HEADERS: Headers = {}

/** As `Wire.request`, for callers that can afford a promise. */
export const requestOf = (
  wire: Pick<Wire, "request">,
  subject: string,
  payload: Uint8Array,
  headers: Headers,
  timeoutMs: number,
): Promise<Reply> =>
  new Promise((resolve) => wire.request(subject, payload, headers, timeoutMs, resolve))
