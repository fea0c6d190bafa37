/** A message as the NATS client hands it over, read no further than it is asked for. */
import type { Msg } from "nats"
import type { Headers, Incoming } from "./wire.ts"
import { NO_HEADERS } from "./wire.ts"

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
    return this.#message.subject
  }

  get payload(): Uint8Array {
    return this.#message.data
  }

  get headers(): Headers {
    return this.#headers ??= headersOf(this.#message)
  }

  get reply(): string {
    return this.#message.reply ?? ""
  }

  respond(payload: Uint8Array, headers: Headers = NO_HEADERS): void {
    this.#respond(this.reply, payload, headers)
  }
}

/** The headers of a message; the status line of the server's own answers is there as `Status`. */
export const headersOf = ({ headers }: Msg): Headers => {
  if (!headers) return NO_HEADERS
  const all: Record<string, string> = {}
  for (const [name, values] of headers) all[name] = values[0] ?? ""
  if (headers.code > 0) {
    all.Status = String(headers.code)
    all.Description = headers.description
  }
  return all
}
