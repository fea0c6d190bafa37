/**
 * The outbox: gathers the messages of one turn of the event loop in the protocol of NATS, and hands
 * them over together, so that the socket is written once.
 */
import { Buffer } from "node:buffer"
import { isOfNats } from "../format/names.ts"

/** The size of the buffer that gathers messages, in bytes. A larger message gets its own buffer. */
const SPACE_BYTES = 65_536
/** From this many bytes on, messages are sent before the turn ends. */
const SEND_BYTES = 32_768
/** How a command of the protocol begins: for NATS' own subjects, and for those with a prefix. */
const PUBLISH = { plain: "PUB ", withHeaders: "HPUB " } as const
const CR = 13
const LF = 10

/** Takes messages to send. */
export interface Sends {
  /**
   * Adds a message. Returns false, and adds nothing, if headers and payload take more than `most`
   * bytes. Subjects must not contain white space. Empty texts stand for no reply and no headers.
   */
  readonly add: (
    subject: string,
    reply: string,
    headers: string,
    payload: Uint8Array,
    most: number,
  ) => boolean
  /** Sends the gathered messages. */
  readonly flush: () => void
  /** Drops the gathered messages. */
  readonly clear: () => void
}

/** Gathers messages and sends them. */
export class Outbox implements Sends {
  readonly #send: (bytes: Uint8Array) => void
  #space = Buffer.allocUnsafeSlow(SPACE_BYTES)
  #begin = 0
  #end = 0
  #scheduled = false
  readonly #own: { readonly plain: string; readonly withHeaders: string }

  /**
   * `send` may keep the bytes: nothing is written to them again. `beginning` goes in front of
   * subjects, except those of NATS itself and inboxes.
   */
  constructor(send: (bytes: Uint8Array) => void, beginning = "") {
    this.#send = send
    this.#own = {
      plain: PUBLISH.plain + beginning,
      withHeaders: PUBLISH.withHeaders + beginning,
    }
  }

  add(
    subject: string,
    reply: string,
    headers: string,
    payload: Uint8Array,
    most: number,
  ): boolean {
    const headerBytes = headers === "" ? 0 : Buffer.byteLength(headers)
    const bytes = headerBytes + payload.length
    if (bytes > most) return false
    const to = reply === "" ? subject : `${subject} ${reply}`
    const { plain, withHeaders } = isOfNats(subject) ? PUBLISH : this.#own
    const head = headerBytes === 0
      ? `${plain}${to} ${bytes}\r\n`
      : `${withHeaders}${to} ${headerBytes} ${bytes}\r\n${headers}`
    this.#write(head, payload)
    if (this.#end - this.#begin >= SEND_BYTES) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#turnEnds)
    }
    return true
  }

  flush(): void {
    if (this.#end === this.#begin) return
    const bytes = this.#space.subarray(this.#begin, this.#end)
    this.#begin = this.#end
    this.#send(bytes)
  }

  clear(): void {
    this.#begin = this.#end
  }

  readonly #turnEnds = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #write(head: string, payload: Uint8Array): void {
    // A UTF-16 unit takes at most three bytes. A pair of units takes four bytes.
    this.#makeRoom(head.length * 3 + payload.length + 2)
    const space = this.#space
    let end = this.#end + space.write(head, this.#end)
    space.set(payload, end)
    end += payload.length
    space[end++] = CR
    space[end++] = LF
    this.#end = end
  }

  #makeRoom(bytes: number): void {
    if (this.#space.length - this.#end >= bytes) return
    this.flush()
    this.#space = Buffer.allocUnsafeSlow(Math.max(SPACE_BYTES, bytes))
    this.#begin = 0
    this.#end = 0
  }
}
