/**
 * Answers in parts: what no single message can hold is sent as several messages, to an inbox that
 * the caller names.
 */
import { Buffer } from "node:buffer"
import { Overloaded, TooLarge } from "../../contracts/plain.ts"
import { isInbox } from "../address.ts"
import type { Format } from "../codec.ts"
import { HEADER } from "../header.ts"
import { PARTS } from "../limits.ts"
import { within } from "../pause.ts"
import { answerBytes, respondBytes } from "../serve.ts"
import {
  type Headers,
  type Incoming,
  NO_HEADERS,
  type Reply,
  requestOf,
  type Wire,
} from "../wire.ts"

/** What a server tells a caller that might get a larger answer in parts. */
const POSSIBLE = "0"

/** Bytes of a part for its number. */
const NUMBER_BYTES = 4

const inboxOf = ({ headers }: Incoming): string | undefined => {
  const inbox = headers[HEADER.parts] ?? ""
  return isInbox(inbox) ? inbox : undefined
}

/** The largest answer that a caller takes, in bytes. */
export const bytesTaken = (wire: Wire, message: Incoming): number =>
  inboxOf(message) === undefined ? answerBytes(wire) : Math.max(PARTS.bytes, answerBytes(wire))

/** The headers of a problem: they say whether the answer may be had in parts. */
export const partsHeaders = (message: Incoming, error: unknown): Headers =>
  error instanceof TooLarge && inboxOf(message) === undefined
    ? { [HEADER.parts]: POSSIBLE }
    : NO_HEADERS

const partOf = (number: number, bytes: Uint8Array): Uint8Array => {
  const part = Buffer.allocUnsafe(NUMBER_BYTES + bytes.length)
  part.writeUInt32BE(number)
  part.set(bytes, NUMBER_BYTES)
  return part
}

/** Answers with bytes, in parts if they need more than one message. */
export const respondWhole = (
  wire: Wire,
  message: Incoming,
  format: Format,
  payload: Uint8Array,
  headers: Headers = NO_HEADERS,
): void => {
  const most = answerBytes(wire)
  const inbox = inboxOf(message)
  if (payload.length <= most || inbox === undefined) {
    return respondBytes(message, format, payload, headers)
  }
  let count = 0
  for (let at = 0; at < payload.length; at += most) {
    wire.publish(inbox, partOf(count++, payload.subarray(at, at + most)))
  }
  respondBytes(message, format, new Uint8Array(0), { ...headers, [HEADER.parts]: String(count) })
}

/** Whether a larger answer may be had in parts. */
export const mayComeInParts = (reply: Reply): boolean =>
  reply.type === "reply" && reply.headers[HEADER.parts] === POSSIBLE

/** Collects the parts of one answer. */
class Parts {
  readonly #parts = new Map<number, Uint8Array>()
  #bytes = 0
  #wanted = Infinity
  #complete!: () => void
  /** Resolves once all parts are there. */
  readonly complete = new Promise<void>((resolve) => this.#complete = resolve)

  add(part: Uint8Array): void {
    if (part.length < NUMBER_BYTES || this.#bytes + part.length > PARTS.bytes * 2) return
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.length)
    // A message may be a part of a larger buffer, which would be kept with it.
    this.#parts.set(bytes.readUInt32BE(), Uint8Array.from(bytes.subarray(NUMBER_BYTES)))
    this.#bytes += part.length
    this.want(this.#wanted)
  }

  want(count: number): void {
    this.#wanted = count
    if (this.#parts.size >= count) this.#complete()
  }

  joined(): Uint8Array {
    const numbers = [...this.#parts.keys()].sort((one, other) => one - other)
    return Buffer.concat(numbers.map((number) => this.#parts.get(number)!))
  }
}

/** Asks for answers in parts, a few at the same time. */
export class PartsClient {
  readonly #wire: Wire
  #asking = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Asks. Rejects with `Overloaded` at once if too many large answers are on their way. */
  async request(
    subject: string,
    payload: Uint8Array,
    headers: Headers,
    timeoutMs: number,
  ): Promise<Reply> {
    if (this.#asking >= PARTS.atOnce) {
      const message = `${PARTS.atOnce} large answers are on their way to this process already`
      throw new Overloaded({ message, retryAfterMs: 500 })
    }
    this.#asking++
    const inbox = this.#wire.inbox()
    const parts = new Parts()
    const serving = this.#wire.serve(inbox, (message) => parts.add(message.payload))
    const until = performance.now() + timeoutMs
    try {
      const given = { ...headers, [HEADER.parts]: inbox }
      const reply = await requestOf(this.#wire, subject, payload, given, timeoutMs)
      const count = reply.type === "reply" ? Number(reply.headers[HEADER.parts] ?? 0) : 0
      if (reply.type !== "reply" || !(count > 0)) return reply
      parts.want(count)
      if (!await within(until - performance.now(), parts.complete)) return { type: "timeout" }
      return { ...reply, payload: parts.joined() }
    } finally {
      serving.close()
      this.#asking--
    }
  }
}
