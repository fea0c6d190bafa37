/** Sends messages through the NATS client's public interface: one by one, and slower. */
import { Buffer } from "node:buffer"
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "nats"
import { isOfNats } from "../format/names.ts"
import { decodeHeaders } from "../header-text.ts"
import { reportError } from "../report.ts"
import type { Sends } from "./outbox-nats.ts"

const headersIn = (text: string): MsgHdrs => {
  const all = newHeaders()
  for (const [name, value] of Object.entries(decodeHeaders(text))) all.append(name, value)
  return all
}

/** As `Outbox`, for a library whose private parts are not as expected. */
export class PublicOutbox implements Sends {
  readonly #connection: NatsConnection

  readonly #beginning: string

  /** `beginning` as for `Outbox`. */
  constructor(connection: NatsConnection, beginning = "") {
    this.#connection = connection
    this.#beginning = beginning
  }

  add(subject: string, reply: string, text: string, payload: Uint8Array, most: number): boolean {
    if (Buffer.byteLength(text) + payload.length > most) return false
    const options = {
      ...reply === "" ? {} : { reply },
      ...text === "" ? {} : { headers: headersIn(text) },
    }
    try {
      const to = isOfNats(subject) ? subject : this.#beginning + subject
      this.#connection.publish(to, payload, options)
    } catch (error) {
      // The caller gets no answer, as when a message is lost.
      reportError(`nothing was sent to "${subject}"`, error)
    }
    return true
  }

  /** Does nothing: the library sends at the end of the turn. */
  flush(): void {}

  /** Does nothing: the library keeps its messages. A command that is sent late has its deadline. */
  clear(): void {}
}
