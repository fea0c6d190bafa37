/** Sends messages by the public interface of the NATS client library: one by one, and slower. */
import { Buffer } from "node:buffer"
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "nats"
import { decodeHeaders } from "../header-text.ts"
import { reportError } from "../report.ts"
import type { Sends } from "./outbox-nats.ts"

const headersIn = (text: string): MsgHdrs => {
  const all = newHeaders()
  for (const [name, value] of Object.entries(decodeHeaders(text))) all.append(name, value)
  return all
}

/** As `Outbox`, for a library whose private parts are not known. */
export class PublicOutbox implements Sends {
  readonly #connection: NatsConnection

  constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  add(subject: string, reply: string, text: string, payload: Uint8Array, most: number): boolean {
    if (Buffer.byteLength(text) + payload.length > most) return false
    const options = {
      ...reply === "" ? {} : { reply },
      ...text === "" ? {} : { headers: headersIn(text) },
    }
    try {
      this.#connection.publish(subject, payload, options)
    } catch (error) {
      // As with bytes that are lost on their way, the caller gets no answer.
      reportError(`nothing was sent to "${subject}"`, error)
    }
    return true
  }

  /** The library sends at the end of the turn by itself. */
  flush(): void {}

  /** What the library holds cannot be taken back: a command that is sent late has its deadline. */
  clear(): void {}
}
