/** A message from the NATS client. Each part is read only when it is asked for. */
import { Buffer } from "node:buffer"
import type { Msg } from "nats"
import { headerBytesOf, headerLengthOf, replyBytesOf, subjectBytesOf } from "./client-internals.ts"
import { decodeHeaders, OF_STATUS, ownName } from "../header-text.ts"
import { type Headers, type Incoming, NO_HEADERS } from "../wire.ts"

/** Sends an answer to a reply subject. */
export type Respond = (reply: string, payload: Uint8Array, headers: Headers) => void

/** A message that has arrived over NATS. */
export class NatsIncoming implements Incoming {
  readonly #message: Msg
  readonly #respond: Respond
  #headers: Headers | undefined

  constructor(message: Msg, respond: Respond) {
    this.#message = message
    this.#respond = respond
  }

  get subject(): string {
    return subjectOf(this.#message)
  }

  get payload(): Uint8Array {
    return this.#message.data
  }

  get headers(): Headers {
    return this.#headers ??= headersOf(this.#message)
  }

  get reply(): string {
    return replyOf(this.#message)
  }

  respond(payload: Uint8Array, headers: Headers = NO_HEADERS): void {
    this.#respond(this.reply, payload, headers)
  }
}

/** The first bytes as text. Most are a Buffer; wrapping one again costs more than reading it. */
const textOf = (bytes: Uint8Array, length: number): string => {
  const buffer = bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, length)
  return buffer.toString("utf8", 0, length)
}

/** The subject of a message. */
export const subjectOf = (message: Msg): string => {
  const bytes = subjectBytesOf(message)
  return bytes ? textOf(bytes, bytes.length) : message.subject
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
