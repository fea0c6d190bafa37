/** A message from the NATS client. Each part is read only when it is asked for. */
import { Buffer } from "node:buffer"
import type { Msg } from "nats"
import { headerBytesOf, headerLengthOf, replyBytesOf, subjectBytesOf } from "./client-internals.ts"
import { decodeHeaders, OF_STATUS, ownName } from "../header-text.ts"
import { type Names, PLAIN_NAMES } from "../format/names.ts"
import { type Headers, type Incoming, NO_HEADERS } from "../wire.ts"

/** What the messages of one connection share. */
export interface Receiving {
  /** Sends an answer to a reply subject. */
  readonly respond: (reply: string, payload: Uint8Array, headers: Headers) => void
  readonly names: Names
}

/** A message that has arrived over NATS. */
export class NatsIncoming implements Incoming {
  readonly #message: Msg
  readonly #receiving: Receiving
  #headers: Headers | undefined
  #reply: string | undefined

  constructor(message: Msg, receiving: Receiving) {
    this.#message = message
    this.#receiving = receiving
  }

  get subject(): string {
    return subjectOf(this.#message, this.#receiving.names)
  }

  get payload(): Uint8Array {
    return this.#message.data
  }

  get headers(): Headers {
    return this.#headers ??= headersOf(this.#message)
  }

  get reply(): string {
    return this.#reply ??= replyOf(this.#message)
  }

  respond(payload: Uint8Array, headers: Headers = NO_HEADERS): void {
    this.#receiving.respond(this.reply, payload, headers)
  }
}

/** These bytes as text. Most are a Buffer; wrapping one again costs more than reading it. */
const textOf = (bytes: Uint8Array, end: number, from = 0): string => {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, end)
  return buffer.toString("utf8", from, end)
}

const beginsWith = (bytes: Uint8Array, beginning: string): boolean => {
  for (let at = 0; at < beginning.length; at++) {
    if (bytes[at] !== beginning.charCodeAt(at)) return false
  }
  return true
}

/** The subject of a message, as the code names it. A prefix is passed over, and never read. */
export const subjectOf = (message: Msg, names: Names = PLAIN_NAMES): string => {
  const bytes = subjectBytesOf(message)
  if (!bytes) return names.logical(message.subject)
  const { beginning } = names
  if (beginning !== "" && beginsWith(bytes, beginning)) {
    return textOf(bytes, bytes.length, beginning.length)
  }
  return names.logical(textOf(bytes, bytes.length))
}

/** The reply subject of a message; empty if its sender awaits no answer. */
const replyOf = (message: Msg): string => {
  const bytes = replyBytesOf(message)
  return bytes ? textOf(bytes, bytes.length) : message.reply ?? ""
}

/** The headers of a message. The status line of the server's own answers appears as `Status`. */
export const headersOf = (message: Msg): Headers => {
  const bytes = headerBytesOf(message)
  if (!bytes) return parsedHeaders(message)
  const length = headerLengthOf(message)
  return length > 0 ? decodeHeaders(textOf(bytes, length)) : NO_HEADERS
}

/** The same with the library's own parser, which takes five times as long. */
export const parsedHeaders = ({ headers }: Msg): Headers => {
  if (!headers) return NO_HEADERS
  const all: Record<string, string> = {}
  for (const [given, values] of headers) {
    const name = ownName(given)
    if (!OF_STATUS.has(name) && !Object.hasOwn(all, name)) all[name] = values[0] ?? ""
  }
  if (headers.code > 0) {
    all.Status = String(headers.code)
    all.Description = headers.description
  }
  return all
}
